// Environment variables that override the file.
import { type Path, type SourcePosition, isMapping, plainPosition, withPosition } from './source-positions.ts'
import { type Environment, retype } from './substitute.ts'

/** Each variable and the setting that it replaces. An empty variable replaces nothing: compose files use it for "unset". */
export const OVERRIDES = {
  SERVER_HOST: ['server', 'host'],
  SERVER_PORT: ['server', 'port'],
  METRICS_PORT: ['server', 'metricsPort'],
  SERVER_WORKERS: ['server', 'workers'],
  LOG_LEVEL: ['log', 'level'],
  SLUICE_MASTER_KEY: ['access', 'masterKey'],
} as const satisfies Readonly<Record<string, readonly [section: string, field: string]>>

export interface Overridden {
  readonly value: Readonly<Record<string, unknown>>
  readonly root: SourcePosition
}

export function applyOverrides(
  given: Overridden,
  environment: Environment,
  isSecret: (path: Path) => boolean,
): Overridden {
  let current = given
  for (const [variable, path] of Object.entries(OVERRIDES)) {
    const text = Object.hasOwn(environment, variable) ? environment[variable] : undefined
    if (text) current = override(current, path, isSecret(path) ? text : retype(text), variable)
  }
  return current
}

function override(given: Overridden, path: readonly [string, string], value: unknown, variable: string): Overridden {
  const [section, field] = path
  const fields = given.value[section] ?? {}
  if (!isMapping(fields)) return given
  const place = { ...plainPosition(given.root.start), origin: `the value of ${variable}`, inFile: false }
  return {
    value: { ...given.value, [section]: { ...fields, [field]: value } },
    root: withPosition(given.root, path, place),
  }
}
