// The environment of the process.
import { existsSync } from 'node:fs'
import type { Environment } from './substitute.ts'

/** A copy of the current environment variables. */
export const readEnvironment = (): Environment => ({ ...process.env })

const DEFAULT_FILE = 'sluice.yaml'

/** The configuration file: the one on the command line, or SLUICE_CONFIG, or ./sluice.yaml if it exists. */
export function locateConfig(flag: string | undefined, environment: Environment): string | undefined {
  return flag ?? (environment['SLUICE_CONFIG'] || (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined))
}
