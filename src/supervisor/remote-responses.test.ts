import { describe, expect, test } from 'bun:test'
import { response, responseStoreContract } from '../../test/response-store-contract.ts'
import { MemoryResponses } from '../state/memory-responses.ts'
import type { ResponseStore } from '../state/response-store.ts'
import { answerCall, RemoteResponses } from './remote-responses.ts'

const LIMITS = { enabled: true, maxAgeMs: 1000, maxBytes: 1e6, maxEntries: 100 }

/** A worker's store, whose calls pass through a structured clone, as between processes. */
function remoteOf(store: ResponseStore): RemoteResponses {
  const remote: RemoteResponses = new RemoteResponses((requestId, call) => {
    void answerCall(store, structuredClone(call)).then((result) => remote.answer(requestId, structuredClone(result)))
  })
  return remote
}

responseStoreContract('of another process', () => ({ store: remoteOf(new MemoryResponses(LIMITS, () => 0)) }))

test('two workers share one store', async () => {
  const store = new MemoryResponses(LIMITS, () => 0)
  await remoteOf(store).save('ann', response('r1', 'Hi.', 'Hello.'))
  expect(await remoteOf(store).find('ann', 'r1')).toBeDefined()
})

describe('a call fails', () => {
  const failing = () => Promise.reject(new Error('broken'))

  test('if it fails in the other process', () => {
    const broken = { save: failing, find: failing, findItems: failing, delete: failing } as unknown as ResponseStore
    return expect(remoteOf(broken).find('ann', 'r1')).rejects.toThrow('does not answer')
  })

  test('if it is not answered in time; the late answer is ignored', async () => {
    const remote = new RemoteResponses(() => {}, 1)
    expect(await remote.find('ann', 'r1').catch(String)).toContain('does not answer')
    remote.answer(1, undefined)
  })

  test('if the other process is gone', async () => {
    const remote = new RemoteResponses(() => {})
    const running = remote.find('ann', 'r1').catch(String)
    remote.lose()
    expect([await running, await remote.find('ann', 'r2').catch(String)]).toEqual([
      expect.stringContaining('does not answer') as string,
      expect.stringContaining('does not answer') as string,
    ])
  })
})
