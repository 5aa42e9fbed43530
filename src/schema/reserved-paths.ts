/** The paths of Sluice's own pages. Everything that serves or reserves one reads it here. */
export const OWN_PATHS = { health: '/health', metrics: '/metrics', admin: '/admin' } as const

/** Prefixes that no route of the configuration can have. */
export const RESERVED_PREFIXES: readonly string[] = Object.values(OWN_PATHS)
