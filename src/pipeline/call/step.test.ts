import { expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { compose, type Step } from './step.ts'

const call = callFor(snapshotFrom({}), {})

function notingIn(notes: string[]) {
  return (name: string): Step =>
    (next) =>
    async (each) => {
      notes.push(`${name} before`)
      const answer = await next(each)
      notes.push(`${name} after`)
      return answer
    }
}

test('the first step is the outermost', async () => {
  const notes: string[] = []
  const noting = notingIn(notes)
  const handle = compose([noting('a'), noting('b')], async () => {
    notes.push('last')
    return new Response('yes')
  })
  expect(await (await handle(call)).text()).toBe('yes')
  expect(notes).toEqual(['a before', 'b before', 'last', 'b after', 'a after'])
})

test('a step may respond without calling the next', async () => {
  const notes: string[] = []
  const handle = compose([notingIn(notes)('a'), () => async () => new Response('early')], async () => {
    throw new Error('never reached')
  })
  expect(await (await handle(call)).text()).toBe('early')
  expect(notes).toEqual(['a before', 'a after'])
})

test('without steps, the last handler is returned as it is', () => {
  const last = async () => new Response('')
  expect(compose([], last)).toBe(last)
})
