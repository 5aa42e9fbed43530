// Parts of a gateway for tests of single layers: a snapshot from a configuration, a call from a request.
import { masterKeyFrom } from '../src/access/master-key.ts'
import { compile } from '../src/config/compile.ts'
import { type Config, loadConfig } from '../src/config/load.ts'
import { readRequest } from '../src/formats/envelope/read-request.ts'
import { Call } from '../src/pipeline/call/call.ts'
import { matchPath } from '../src/pipeline/arrive/match-path.ts'
import type { Snapshot } from '../src/pipeline/call/snapshot.ts'
import { hasDefaultUrl, providerTypes } from '../src/providers/index.ts'
import { EndpointRegistry } from '../src/routing/endpoint.ts'

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

export const snapshotFrom = (config: object | string, registry = new EndpointRegistry()): Snapshot =>
  compile(configFrom(config), { registry, masterKey: masterKeyFrom(MASTER_KEY), version: 1 })

interface CallFacts {
  readonly path?: string
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  readonly id?: string
}

/** A call whose envelope is read; without a body, whose path is matched. */
export function callFor(
  snapshot: Snapshot,
  { path = '/v1/chat/completions', body, headers = {}, id = 'id-1' }: CallFacts,
) {
  const match = matchPath(path, snapshot.table)
  if (!match) throw new Error(`no route for ${path}`)
  const request = new Request(`http://gateway${path}`, { method: 'POST', headers })
  const call = new Call({ id, request, snapshot, arrivedMs: performance.now(), ...match })
  if (body !== undefined && call.api) {
    call.body = new Uint8Array(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
    call.envelope = readRequest(call.body, call.api, call.pathStream)
  }
  return call
}
