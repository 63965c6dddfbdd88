/** The version in the root package.json, which a test holds it to. Receivers see it as the user agent. */
export const VERSION = '0.1.0';
