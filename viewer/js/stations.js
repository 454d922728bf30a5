import { cacheStatus, serverTiming } from './headers.js';

// The stations of a request, from the browser to S3, in their order.
export const STATIONS = ['edge', 'shield', 'memory', 'redis', 's3'];

// Who was asked and who answered: { edge: { outcome: 'miss', time: 31, bytes: 97388 }, …, answered: 's3' }.
// A station that was not asked is absent. What a cache keeps of the response that filled it (Cache-Status and
// Server-Timing on a hit of an edge) is not about this request.
export function stationsOf(result) {
  const times = serverTiming(result.headers.get('Server-Timing'));
  const found = { answered: null };
  const lookups = [
    ['edge', byWord(result.headers.get('X-Cache'))],
    ['shield', byWord(result.headers.get('X-Shield-Cache'))],
    ...tiers(result.headers.get('Cache-Status')),
  ];
  for (const [station, outcome] of lookups) {
    if (outcome === null) {
      continue;
    }
    found[station] = { outcome, time: times[station] ?? null, bytes: result.body.size };
    if (outcome === 'hit' || outcome === 'refused') {
      found.answered = station;
      return found;
    }
  }
  found.s3 = { outcome: 'read', time: times.s3 ?? null, bytes: result.body.size };
  found.answered = 's3';
  return found;
}

// "Hit from cloudfront", "Miss from shield"
function byWord(value) {
  if (value === null || value === undefined) {
    return null;
  }
  const word = value.split(' ')[0].toLowerCase();
  return { hit: 'hit', refreshhit: 'hit', miss: 'miss', error: 'refused' }[word] ?? 'miss';
}

function tiers(value) {
  const members = cacheStatus(value);
  const memory = members.find((member) => member.name === 'image-origin-memory');
  const regional = members.find((member) => member.name === 'image-origin-regional');
  return [['memory', tier(memory)], ['redis', tier(regional)]];
}

function tier(member) {
  if (!member) {
    return null;
  }
  if (member.hit) {
    return 'hit';
  }
  return member.unavailable ? 'away' : 'miss';
}
