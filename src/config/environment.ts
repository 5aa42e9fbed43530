// What the process was started with.
import { existsSync } from 'node:fs'
import type { Environment } from './substitute.ts'

/** The environment as it is now. */
export const readEnvironment = (): Environment => ({ ...process.env })

const USUAL_FILE = 'sluice.yaml'

/** The configuration file: the one named on the command line, else SLUICE_CONFIG, else ./sluice.yaml if it is there. */
export function locateConfig(flag: string | undefined, environment: Environment): string | undefined {
  return flag ?? (environment['SLUICE_CONFIG'] || (existsSync(USUAL_FILE) ? USUAL_FILE : undefined))
}
