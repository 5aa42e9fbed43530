import { expect, test } from 'bun:test'
import { atAddress, FreshAddresses, hasHostName } from './fresh-addresses.ts'

const URL_OF = 'https://gpu.test:8443/v1/chat?x=1'

function addressesOf(results: Readonly<Record<string, readonly string[]>>, random = () => 0) {
  const looked: string[] = []
  const fresh = new FreshAddresses(async (name) => {
    looked.push(name)
    const found = results[name]
    if (!found) throw new Error('no such name')
    return found
  }, random)
  return { fresh, looked }
}

test('a name is looked up after a failed connection, and its addresses are used for two seconds', async () => {
  const { fresh, looked } = addressesOf({ 'gpu.test': ['10.0.0.7'] })
  expect(fresh.addressFor(URL_OF, 0)).toBeUndefined()
  await fresh.connectionFailed(URL_OF, () => 1000)
  expect([1000, 2999, 3000, 3001].map((nowMs) => fresh.addressFor(URL_OF, nowMs))).toEqual([
    '10.0.0.7',
    '10.0.0.7',
    undefined,
    undefined,
  ])
  expect(fresh.addressFor('https://other.test/', 1000)).toBeUndefined()
  expect(looked).toEqual(['gpu.test'])
})

test('failures at the same time share one lookup; a later one looks again', async () => {
  const { fresh, looked } = addressesOf({ 'gpu.test': ['10.0.0.7'] })
  await Promise.all(Array.from({ length: 50 }, () => fresh.connectionFailed(URL_OF)))
  await fresh.connectionFailed(URL_OF)
  expect(looked).toHaveLength(2)
})

test('several addresses of a name share the requests', async () => {
  let drawn = 0
  const { fresh } = addressesOf({ 'gpu.test': ['a', 'b', 'c'] }, () => (drawn++ % 3) / 3)
  await fresh.connectionFailed(URL_OF, () => 0)
  expect(Array.from({ length: 6 }, () => fresh.addressFor(URL_OF, 1))).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

test.each(['http://127.0.0.1:9/', 'http://[::1]:9/'])('an address such as %s is not looked up', async (url) => {
  const { fresh, looked } = addressesOf({})
  await fresh.connectionFailed(url)
  expect([looked, hasHostName(url)]).toEqual([[], false])
})

test('a name that no longer resolves keeps nothing, and a name without addresses neither', async () => {
  const { fresh } = addressesOf({ 'empty.test': [] })
  await fresh.connectionFailed(URL_OF)
  await fresh.connectionFailed('http://empty.test/')
  expect([fresh.addressFor(URL_OF, 0), fresh.addressFor('http://empty.test/', 0)]).toEqual([undefined, undefined])
})

test.each([
  ['10.0.0.7', 'https://10.0.0.7:8443/v1/chat?x=1'],
  ['fd00::7', 'https://[fd00::7]:8443/v1/chat?x=1'],
])('a URL at the address %s keeps everything but the host', (address, url) => {
  expect(atAddress(URL_OF, address)).toEqual({ url, host: 'gpu.test:8443', name: 'gpu.test' })
})
