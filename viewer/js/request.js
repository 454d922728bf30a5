import { pathOf } from './config.js';

const SHOWN = ['X-Cache', 'X-Shield-Cache', 'Age', 'X-Amz-Cf-Pop', 'X-Served-Region', 'Cache-Status', 'Server-Timing', 'ETag'];

// One request as a viewer's browser without a copy of the image would send it, measured by Resource Timing.
export async function requestImage(config, edge, key) {
  const address = new URL(edge.url + pathOf(config, key), document.baseURI).href;
  performance.clearResourceTimings();
  const start = performance.now();
  const response = await fetch(address, { credentials: 'include', cache: 'no-store' });
  const body = await response.blob();
  const elapsed = performance.now() - start;
  const entry = await timing(address);
  return {
    key, edge, body, status: response.status,
    headers: new Map(SHOWN.map((name) => [name, response.headers.get(name)]).filter(([, value]) => value !== null)),
    total: entry?.duration || elapsed,
    firstByte: entry?.responseStart ? entry.responseStart - entry.startTime : null,
    transferred: entry?.transferSize || body.size,
  };
}

// The entry is there a moment after the body. Without Timing-Allow-Origin its details are zero.
async function timing(address) {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const entry = performance.getEntriesByName(address, 'resource').at(-1);
    if (entry) {
      return entry;
    }
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  return null;
}
