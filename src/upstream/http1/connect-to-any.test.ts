import { describe, expect, test } from 'bun:test'
import { connectToAny } from './connect-to-any.ts'

type Result = 'opens' | 'fails' | 'silent'

/** Connects to addresses that behave as given; returns what was tried and what came of it. */
async function connecting(results: readonly Result[]) {
  const tried: string[] = []
  const spares: string[] = []
  const late = Promise.withResolvers<string>()
  const open = async (address: string): Promise<string> => {
    tried.push(address)
    const result = results[Number(address)]
    if (result === 'fails') throw new Error(`${address} failed`)
    return result === 'silent' ? late.promise : address
  }
  const addresses = results.map((_, index) => String(index))
  const outcome = await connectToAny(addresses, open, (spare) => spares.push(spare)).catch(
    (thrown: Error) => thrown.message,
  )
  late.resolve('late')
  await Bun.sleep(0)
  return { tried: tried.join(''), outcome, spares: spares.length }
}

describe('the next address is tried when one fails or is silent', () => {
  test.each<[results: Result[], tried: string, outcome: string, spares: number]>([
    [['opens'], '0', '0', 0],
    [['fails'], '0', '0 failed', 0],
    [['opens', 'opens'], '0', '0', 0],
    [['fails', 'opens', 'opens'], '01', '1', 0],
    [['fails', 'fails'], '01', '0 failed', 0],
    [['silent', 'opens', 'opens'], '01', '1', 1],
    [['silent', 'fails', 'silent', 'opens'], '0123', '3', 2],
  ])('%j', async (results, tried, outcome, spares) =>
    expect(await connecting(results)).toEqual({ tried, outcome, spares }),
  )
})
