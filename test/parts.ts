// Parts of a gateway for tests of single layers: a snapshot from a configuration, a call from a request.
import { masterKeyFrom } from '../src/access/master-key.ts'
import { compile } from '../src/config/compile.ts'
import { type Config, loadConfig } from '../src/config/load.ts'
import { readRequest } from '../src/formats/envelope/read-request.ts'
import { CallBody } from '../src/pipeline/call/body.ts'
import { Call } from '../src/pipeline/call/call.ts'
import { NO_OVERRIDES } from '../src/pipeline/call/caller-overrides.ts'
import { observeAll } from '../src/telemetry/observers.ts'
import { matchPath } from '../src/pipeline/arrive/match-path.ts'
import type { Snapshot } from '../src/pipeline/call/snapshot.ts'
import { hasDefaultUrl, providerTypes } from '../src/providers/index.ts'
import { EndpointRegistry } from '../src/routing/endpoint.ts'
import { PoolStates } from '../src/routing/pool-state.ts'
import { applySettings } from '../src/routing/routing-settings.ts'

export const MASTER_KEY = 'sk-test-master'

type Texts = Readonly<Record<string, string>>

/** `files`: the content of secret files, by absolute path. */
export function configFrom(config: object | string, environment: Texts = {}, files: Texts = {}): Config {
  const text = typeof config === 'string' ? config : JSON.stringify(config) // JSON is YAML
  const readFile = (path: string) => {
    if (files[path] === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return files[path]
  }
  return loadConfig({ text, file: 'test.yaml', environment, readFile, providerTypes, hasDefaultUrl })
}

/** Compiled and applied, as at the start of a process or at a reload. */
export function snapshotFrom(
  config: object | string,
  registry = new EndpointRegistry(),
  pools = new PoolStates(),
): Snapshot {
  const masterKey = masterKeyFrom(MASTER_KEY)
  const snapshot = compile(configFrom(config), { registry, pools, masterKey, version: 1, environment: {} })
  applySettings(snapshot.settings, { registry, pools }, 0)
  return snapshot
}

interface CallFacts {
  readonly path?: string
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  readonly id?: string
}

/** A call that has come as far as its choice; without a body, as far as its path. */
export function callFor(
  snapshot: Snapshot,
  { path = '/v1/chat/completions', body, headers = {}, id = 'id-1' }: CallFacts,
): Call {
  const match = matchPath(path, snapshot.table)
  if (!match) throw new Error(`${path} leads nowhere`)
  const client = new Request(`http://gateway${path}`, { method: 'POST', headers })
  const call = new Call({
    ...match,
    id,
    clientAddress: undefined,
    client,
    payload: client,
    snapshot,
    arrivedMs: performance.now(),
  })
  call.span = observeAll([]).callStarted({ id, method: 'POST', headers: client.headers, startedMs: 0 })
  call.principal = { id: '', role: 'member' }
  call.overrides = NO_OVERRIDES
  if (body === undefined || !match.api) return call
  const bytes = new Uint8Array(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
  const envelope = readRequest(bytes, match.api, match.pathStream)
  call.body = new CallBody(bytes, envelope, performance.now(), match)
  return call
}
