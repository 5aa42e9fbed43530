// What every driver of the response store promises.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { NewItem, NewResponse, ResponseStore } from '../src/state/response-store.ts'

export interface TestedStore {
  readonly store: ResponseStore
  stop?(): void | Promise<void>
}

export const item = (text: string, id?: string): NewItem => ({
  id,
  prefix: 'msg',
  text: JSON.stringify({ ...(id !== undefined && { id }), role: 'user', content: text }),
})

/** A response to `question`. Its output has an id made of its own. */
export const response = (
  id: string,
  question: string,
  answer: string,
  more: Partial<NewResponse> = {},
): NewResponse => ({
  id,
  input: [item(question)],
  output: [item(answer, `msg_of_${id}`)],
  shell: `{"id":"${id}","output":[]}`,
  origin: undefined,
  ...more,
})

/** `make` creates an empty store. */
export function responseStoreContract(name: string, make: () => TestedStore | Promise<TestedStore>): void {
  describe(`${name}:`, () => {
    let tested: TestedStore
    let store: ResponseStore
    beforeAll(async () => {
      tested = await make()
      store = tested.store
    })
    afterAll(() => tested?.stop?.())

    test('a saved response is found with its items, which have ids', async () => {
      const origin = { endpoint: 'openai', model: 'gpt' }
      expect(await store.save('ann', response('r1', 'Hi.', 'Hello.', { origin }))).toBe(true)
      const found = (await store.find('ann', 'r1'))!
      expect(found).toMatchObject({ shell: '{"id":"r1","output":[]}', origin })
      expect(found.input!.map(({ text }) => text)).toEqual([item('Hi.').text])
      expect(found.input![0]!.id).toMatch(/^msg_[0-9a-f]{32}$/)
      expect(found.output).toEqual([{ id: 'msg_of_r1', text: item('Hello.', 'msg_of_r1').text }])
    })

    test('items are found by their ids, in order, with the endpoint that generated them', async () => {
      const [given] = (await store.find('ann', 'r1'))!.input!
      const found = await store.findItems('ann', ['msg_of_r1', 'msg_x', given!.id])
      expect(found.map((each) => each?.text)).toEqual([item('Hello.', 'msg_of_r1').text, undefined, item('Hi.').text])
      expect(found.map((each) => each?.origin?.endpoint)).toEqual(['openai', undefined, undefined])
    })

    test('a response whose input only its origin knows is found without it', async () => {
      await store.save('ann', response('o1', '', 'Hello.', { input: undefined }))
      expect((await store.find('ann', 'o1'))!.input).toBeUndefined()
    })

    test('an item that a list has twice has an id for each place, and both name it', async () => {
      await store.save('ann', response('t1', '', 'Hello.', { input: [item('Go on.'), item('Stop.'), item('Go on.')] }))
      const ids = (await store.find('ann', 't1'))!.input!.map(({ id }) => id)
      expect(new Set(ids).size).toBe(3)
      const found = await store.findItems('ann', ids)
      expect(found.map((each) => each?.text)).toEqual(['Go on.', 'Stop.', 'Go on.'].map((text) => item(text).text))
    })

    test('another owner finds nothing and deletes nothing', async () => {
      const [given] = (await store.find('ann', 'r1'))!.input!
      expect(await store.find('bob', 'r1')).toBeUndefined()
      expect(await store.findItems('bob', ['msg_of_r1', given!.id])).toEqual([undefined, undefined])
      expect(await store.delete('bob', 'r1')).toBe(false)
      expect(await store.find('ann', 'r1')).toBeDefined()
    })

    test('two owners may have the same ids', async () => {
      await store.save('bob', response('r1', 'Hi.', 'Good day.'))
      expect((await store.find('ann', 'r1'))!.output[0]!.text).toContain('Hello.')
      expect((await store.find('bob', 'r1'))!.output[0]!.text).toContain('Good day.')
      expect((await store.findItems('bob', ['msg_of_r1']))[0]!.text).toContain('Good day.')
    })

    test('saving the same response again changes nothing', async () => {
      await store.save('ann', response('again', 'Hi.', 'Hello.'))
      expect(await store.save('ann', response('again', 'Hi.', 'Hello.'))).toBe(true)
      expect(await store.find('ann', 'again')).toBeDefined()
    })

    test('an id that two responses have is found no more', async () => {
      await store.save('ann', response('twice', 'Hi.', 'One.'))
      expect(await store.save('ann', response('twice', 'Hi.', 'Two.'))).toBe(false)
      expect(await store.save('ann', response('twice', 'Hi.', 'Three.'))).toBe(false)
      expect(await store.find('ann', 'twice')).toBeUndefined()
      expect(await store.delete('ann', 'twice')).toBe(false)
    })

    test('nor is an id that two generated items have', async () => {
      await store.save('ann', response('s1', 'Hi.', '', { output: [item('One.', 'msg_0')] }))
      expect(await store.findItems('ann', ['msg_0'])).toMatchObject([{ id: 'msg_0' }])
      await store.save('ann', response('s2', 'Hi.', '', { output: [item('Two.', 'msg_0')] }))
      expect(await store.findItems('ann', ['msg_0'])).toEqual([undefined])
    })

    test('an item that a client sends back in other words does not replace the generated one', async () => {
      await store.save('ann', response('e1', 'Hi.', 'Said.'))
      await store.save('ann', response('e2', '', 'More.', { input: [item('Changed.', 'msg_of_e1')] }))
      expect((await store.findItems('ann', ['msg_of_e1']))[0]!.text).toContain('Said.')
    })

    test('a deleted response is gone; items that another response has stay', async () => {
      await store.save('ann', response('d1', 'Tell me.', 'Done.'))
      await store.save('ann', response('d2', '', 'More.', { input: [item('Tell me.'), item('Done.', 'msg_of_d1')] }))
      expect([await store.delete('ann', 'd1'), await store.delete('ann', 'd1')]).toEqual([true, false])
      expect(await store.find('ann', 'd1')).toBeUndefined()
      expect(await store.findItems('ann', ['msg_of_d1'])).toMatchObject([{ id: 'msg_of_d1' }])
      await store.delete('ann', 'd2')
      expect(await store.findItems('ann', ['msg_of_d1', 'msg_of_d2'])).toEqual([undefined, undefined])
    })

    test.each(['', '__proto__', 'constructor', '\0', 'x'.repeat(10_000), '\ud800'])(
      'the id %p is an id',
      async (id) => {
        expect(await store.find('ann', id)).toBeUndefined()
        expect(await store.delete('ann', id)).toBe(false)
        expect(await store.findItems('ann', [id])).toEqual([undefined])
      },
    )
  })
}
