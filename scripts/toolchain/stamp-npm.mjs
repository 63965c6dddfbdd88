import { stampNpmPackages } from './npm-packages.mjs';

/** Runs after every `npm ci`, also one by hand, so that it is not done again. */
stampNpmPackages();
