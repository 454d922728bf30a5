import { readConfig } from './config.js';
import { byId } from './elements.js';
import { Gallery } from './gallery.js';
import { PathView } from './path-view.js';
import { Session } from './session.js';
import { SessionView } from './session-view.js';

async function start() {
  const config = await readConfig();
  byId('setting').textContent = config.setting ?? '';
  const session = new Session(config);
  const gallery = new Gallery(config, session, byId('gallery'));
  new PathView(config, gallery).show();
  await new SessionView(config, session, gallery).show();
}

start().catch((error) => {
  byId('problem').hidden = false;
  byId('problem').textContent = `The page cannot start. ${error.message}`;
});
