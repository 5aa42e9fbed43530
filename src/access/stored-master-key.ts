import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MasterKey, masterKeyFrom } from './master-key.ts'

export interface StoredMasterKey {
  readonly masterKey: MasterKey
  /** The key itself, only in the run that created it. */
  readonly created: string | undefined
  readonly file: string
}

/**
 * The master key of a gateway without a configured one: created at the first start. Only its SHA-256 is stored. Throws the
 * errors of the file system.
 */
export function storedMasterKey(dataFolder: string): StoredMasterKey {
  const file = join(dataFolder, 'master-key.sha256')
  const stored = readHash(file)
  if (stored) return { masterKey: { sha256: stored }, created: undefined, file }
  const key = `sk-sluice-${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString('base64url')}`
  const masterKey: MasterKey = { sha256: masterKeyFrom(key).sha256 } // as in later runs
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${Buffer.from(masterKey.sha256).toString('hex')}\n`, { mode: 0o600 })
  return { masterKey, created: key, file }
}

function readHash(file: string): Uint8Array | undefined {
  try {
    const hash = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
    return hash.length === 32 ? hash : undefined
  } catch {
    return undefined
  }
}
