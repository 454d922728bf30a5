// The CloudFront function as CloudFront runs it: its text out of the template, with the regions put in and a stand-in for
// the module 'cloudfront'. Run by node's own test runner, from test_function.py.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const source = readFileSync(process.env.FUNCTION, 'utf8');
const NEARER = JSON.parse(process.env.NEARER);
const FAILURES = [429, 500, 502, 503, 504];

function load(home, second, cf) {
  const logged = [];
  const context = vm.createContext({ cf, console: { log: (line) => logged.push(line) } });
  const text = source
    .replace(/^import cf from 'cloudfront';$/m, '')
    .replace('${HomeRegion}', home)
    .replace('${SecondRegion}', second)
    .replace('${ImagePath}', '/proxy-image');
  assert.ok(!text.includes('import '), 'only cloudfront may be imported');
  vm.runInContext(`"use strict";${text};this.handler = handler;`, context);
  return { handler: context.handler, logged };
}

const request = (uri = '/proxy-image/projects/1/a.png') => ({ method: 'GET', uri, headers: { authorization: { value: 'Bearer x' } } });

function choose(region, home = 'ap-southeast-2', second = 'eu-west-2', uri = undefined) {
  const groups = [];
  const cf = { edgeLocation: { name: 'XXX', region }, createRequestOriginGroup: (group) => groups.push(group) };
  const { handler } = load(home, second, cf);
  const given = request(uri);
  assert.deepEqual(handler({ request: given }), request(uri), 'the request goes on as it came');
  assert.equal(groups.length, 1);
  // Through JSON, because objects of another realm are never deeply equal.
  return JSON.parse(JSON.stringify(groups[0]));
}

for (const [region, first] of Object.entries(NEARER)) {
  test(`${region} asks ${first} first`, () => {
    const other = first === 'home' ? 'second' : 'home';
    assert.deepEqual(choose(region), {
      originIds: [{ originId: first }, { originId: other }],
      failoverCriteria: { statusCodes: FAILURES },
    });
  });
}

test('each region asks itself first, whichever two there are', () => {
  const regions = Object.keys(NEARER);
  for (const home of regions) {
    for (const second of regions.filter((region) => region !== home)) {
      assert.equal(choose(home, home, second).originIds[0].originId, 'home', `${home} of ${home}, ${second}`);
      assert.equal(choose(second, home, second).originIds[0].originId, 'second', `${second} of ${home}, ${second}`);
    }
  }
});

for (const region of ['mars-north-1', '', undefined, 'constructor', '__proto__', 'toString']) {
  test(`home is first for a region that nobody knows: ${region}`, () => {
    assert.equal(choose(region).originIds[0].originId, 'home');
  });
}

// The service believes images' origins that cookies were checked. Whatever may be something else is not for them.
const images = ['/proxy-image/a.png', '/proxy-image/projects/1/..a.png', '/proxy-image/a..b/c.png', '/proxy-image/%2e%2ea', '/proxy-image//a'];
for (const uri of images) {
  test(`an image: ${uri}`, () => {
    assert.deepEqual(choose('eu-west-2', undefined, undefined, uri).originIds, [{ originId: 'second' }, { originId: 'home' }]);
  });
}
const others = ['/proxy-image-session', '/proxy-image-session/', '/proxy-image', '/', '/proxy-image/../proxy-image-session', '/proxy-image/%2e%2E/x',
  '/proxy-image/.%2e/proxy-image-session', '/proxy-image/a/..', '/proxy-image/..%2fproxy-image-session', '/%70roxy-image/a.png',
  '/proxy-image/a/./b', '/proxy-image\\..\\x'];
for (const uri of others) {
  test(`not surely an image: ${uri}`, () => {
    assert.deepEqual(choose('eu-west-2', undefined, undefined, uri).originIds, [{ originId: 'second-session' }, { originId: 'home-session' }]);
  });
}

const broken = {
  'there is no edge location': { createRequestOriginGroup: () => {} },
  'a group cannot be made': {
    edgeLocation: { region: 'eu-west-2' },
    createRequestOriginGroup: () => {
      throw new Error('no such origin');
    },
  },
  'the call is not there': { edgeLocation: { region: 'eu-west-2' } },
};
for (const [what, cf] of Object.entries(broken)) {
  test(`the request goes on to the behaviour's own group when ${what}`, () => {
    const { handler, logged } = load('ap-southeast-2', 'eu-west-2', cf);
    assert.deepEqual(handler({ request: request() }), request());
    assert.equal(logged.length, 1);
    assert.match(logged[0], /^origin not chosen: /);
    assert.ok(!logged[0].includes('Bearer'), 'no token in the log');
  });
}
