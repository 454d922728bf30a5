import cf from 'cloudfront';

// Chooses, for each request that reaches an edge, which origin is asked first on a miss: the one nearer to the regional edge
// cache through which CloudFront would go. The other takes over when the first fails. edge-function.yaml carries this text
// and puts in the two regions and the path of the images.

const HOME = '${HomeRegion}';
const SECOND = '${SecondRegion}';
const IMAGES = '${ImagePath}/';

const FAILURES = [429, 500, 502, 503, 504];

// Latitude and longitude of every regional edge cache, and so of every region that can have an Origin Shield.
const PLACES = {
  'ap-northeast-1': [35.6, 139.7],
  'ap-northeast-2': [37.5, 127.0],
  'ap-south-1': [19.1, 72.9],
  'ap-southeast-1': [1.3, 103.8],
  'ap-southeast-2': [-33.9, 151.2],
  'eu-central-1': [50.1, 8.7],
  'eu-west-1': [53.3, -6.3],
  'eu-west-2': [51.5, -0.1],
  'me-central-1': [24.5, 54.4],
  'sa-east-1': [-23.5, -46.6],
  'us-east-1': [38.9, -77.4],
  'us-east-2': [40.0, -83.0],
  'us-west-1': [37.4, -121.9],
  'us-west-2': [45.8, -119.7]
};

// Grows with the distance on the globe; enough to compare.
function distance(one, other) {
  const degree = Math.PI / 180;
  const north = Math.sin((other[0] - one[0]) * degree / 2);
  const east = Math.sin((other[1] - one[1]) * degree / 2);
  return north * north + Math.cos(one[0] * degree) * Math.cos(other[0] * degree) * east * east;
}

function secondIsNearer(region) {
  const here = PLACES[region];
  return Boolean(here) && distance(here, PLACES[SECOND]) < distance(here, PLACES[HOME]);
}

// Origins of images are told that cookies were checked. What is not surely an image's path, such as one with dots that somebody
// resolves and somebody else does not, goes to origins that are told nothing.
function suffix(uri) {
  return uri.startsWith(IMAGES) && !/[/\\](\.|%2e){1,2}([/\\?#]|%2f|%5c|$)/i.test(uri) ? '' : '-session';
}

function handler(event) {
  try {
    const ids = secondIsNearer(cf.edgeLocation.region) ? ['second', 'home'] : ['home', 'second'];
    const kind = suffix(event.request.uri);
    cf.createRequestOriginGroup({
      originIds: [{ originId: ids[0] + kind }, { originId: ids[1] + kind }],
      failoverCriteria: { statusCodes: FAILURES }
    });
  } catch (error) {
    // The behaviour's own group, home first, still serves the request.
    console.log('origin not chosen: ' + error);
  }
  return event.request;
}
