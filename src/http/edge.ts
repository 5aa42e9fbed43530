// What the configuration in effect does to every request and response of the API port, beside answering it.
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import type { ServerConfig } from './config.ts'
import { type Cors, createCors } from './cors.ts'

export interface Edge {
  /** Undefined: paths begin with nothing else. */
  readonly basePath: string | undefined
  readonly cors: Cors | undefined
}

/** An edge that changes nothing. */
export const PLAIN_EDGE: Edge = { basePath: undefined, cors: undefined }

export const compileEdge = ({ basePath, cors }: ServerConfig): Edge => ({
  basePath,
  cors: cors && createCors(cors),
})

/** Web pages use the API, not the admin pages. */
export const isForPages = (path: string): boolean => path !== OWN_PATHS.admin && !path.startsWith(`${OWN_PATHS.admin}/`)
