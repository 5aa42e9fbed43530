// What the configuration in effect does to every request and response of the API port, beside answering it.
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import type { ServerConfig } from './config.ts'
import { type Cors, createCors } from './cors.ts'

export interface Edge {
  readonly cors: Cors | undefined
}

/** An edge that changes nothing. */
export const PLAIN_EDGE: Edge = { cors: undefined }

export const compileEdge = ({ cors }: ServerConfig): Edge => ({ cors: cors && createCors(cors) })

/** Web pages use the API, not the admin pages. */
export const corsFor = ({ cors }: Edge, path: string): Cors | undefined =>
  cors && path !== OWN_PATHS.admin && !path.startsWith(`${OWN_PATHS.admin}/`) ? cors : undefined
