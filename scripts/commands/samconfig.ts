import { writeSamconfigs } from '../samconfig.ts';

const changed = writeSamconfigs();
console.log(changed.length === 0 ? 'Every samconfig.toml is up to date.' : `Wrote ${changed.join(', ')}.`);
