/** Two versions after each other: a base URL that ends in /v1, and a client that adds one itself. The second is meant. */
const DOUBLED_VERSION = /\/(?:v1|v1beta|v2)(?=\/(?:v1|v1beta|v2|api)(?:\/|$))/g

/**
 * A path as the client probably means it: without doubled slashes (a base URL that ends in a slash) and doubled
 * versions. For paths that nothing is at.
 */
export const tidyPath = (path: string): string => path.replace(/\/{2,}/g, '/').replace(DOUBLED_VERSION, '')
