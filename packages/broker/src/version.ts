// The version of this package, as `$SYS` tells it: the one in package.json, which a bundler may leave behind.

export const VERSION = '0.1.0';
