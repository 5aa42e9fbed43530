import { expect, test } from 'bun:test'
import { HostAddresses } from './host-addresses.ts'

function addressesOf(results: Readonly<Record<string, readonly string[]>>, random = () => 0) {
  const looked: string[] = []
  const hosts = new HostAddresses(async (name) => {
    looked.push(name)
    const found = results[name]
    if (!found) throw new Error('no such name')
    return found
  }, random)
  return { hosts, looked }
}

test('connections that are opened within a second share a lookup, unless none was possible', async () => {
  const { hosts, looked } = addressesOf({ 'gpu.test': ['10.0.0.7'] })
  await Promise.all(Array.from({ length: 50 }, () => hosts.of('gpu.test', 0)))
  await hosts.of('gpu.test', 999)
  expect(looked).toHaveLength(1)
  await hosts.of('gpu.test', 1000)
  expect(looked).toHaveLength(2)
  hosts.failed('gpu.test')
  await hosts.of('gpu.test', 1001)
  expect(looked).toHaveLength(3)
})

test('a lookup that failed is not kept', async () => {
  const { hosts, looked } = addressesOf({})
  for (const _ of [1, 2])
    expect(await hosts.of('gpu.test', 0).catch((thrown: Error) => thrown.message)).toBe('no such name')
  expect(looked).toHaveLength(2)
})

test.each(['127.0.0.1', '::1'])('the address %s is not looked up', async (address) => {
  const { hosts, looked } = addressesOf({})
  expect([await hosts.of(address, 0), looked]).toEqual([[address], []])
})

test.each<[chance: number, order: string[]]>([
  [0, ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1']],
  [0.34, ['10.0.0.2', '10.0.0.3', '10.0.0.1', 'fd00::1']],
  [0.99, ['10.0.0.3', '10.0.0.1', '10.0.0.2', 'fd00::1']],
])('chance %d: the first address is a random one of the preferred family', async (chance, order) => {
  const { hosts } = addressesOf({ 'gpu.test': ['10.0.0.1', 'fd00::1', '10.0.0.2', '10.0.0.3'] }, () => chance)
  expect(await hosts.of('gpu.test', 0)).toEqual(order)
})
