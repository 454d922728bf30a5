// What the server says of its surroundings: README.md beside this folder lists the fields.

export async function readConfig() {
  const response = await fetch('config.json', { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`config.json: ${response.status}`);
  }
  const config = await response.json();
  return { imagePath: '/proxy-image/', sessionPath: '/proxy-image-session', users: [], edges: [], images: [], more: [],
    management: {}, hints: [], ...config };
}

// The key as a path: each segment encoded, the slashes kept.
export function pathOf(config, key) {
  return config.imagePath + key.split('/').map(encodeURIComponent).join('/');
}

export function projectOf(key) {
  return /^projects\/([^/]+)\//.exec(key)?.[1] ?? '';
}

// A user's token: in config.json itself, or from an address of its own.
export async function tokenOf(user) {
  if (user.token) {
    return user.token;
  }
  const response = await fetch(user.tokenUrl, { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`no token for ${user.name}: ${response.status}`);
  }
  return (await response.text()).trim();
}
