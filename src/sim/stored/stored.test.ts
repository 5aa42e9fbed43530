// Stored responses of the Responses API: what requests refer to, and what OpenAI says about unknown ids.
import { afterAll, describe, expect, test } from 'bun:test'
import { createSimServer } from '../server.ts'
import { createStoredResponses, MAX_RESPONSES } from './stored-responses.ts'

const server = await createSimServer({
  speed: 0,
  strict: 'hosted',
  scripts: [
    {
      when: 'Look it up',
      turns: [{ reasoning: 'A lookup.', calls: [{ name: 'lookup', arguments: { key: 'k' } }] }, { text: 'Walnut.' }],
    },
  ],
})
afterAll(() => server.stop())

interface Item {
  readonly type: string
  readonly id: string
  readonly call_id: string
}
interface Answer {
  readonly id: string
  readonly output: readonly Item[]
  readonly error: object
}

const ask = async (body: object) => {
  const response = await fetch(`${server.url}/v1/responses`, {
    method: 'POST',
    body: JSON.stringify({ model: 'sim-1b', tools, reasoning: { effort: 'low', summary: 'auto' }, ...body }),
  })
  return { status: response.status, text: await response.text() }
}
const answerTo = async (body: object) => JSON.parse((await ask(body)).text) as Answer
const at = (id: string, method = 'GET') => fetch(`${server.url}/v1/responses/${id}`, { method })

const tools = [{ type: 'function', name: 'lookup', parameters: { type: 'object', properties: {} } }]
const question = { role: 'user', content: 'Look it up.' }
const resultFor = ({ output }: Answer) => ({
  type: 'function_call_output',
  call_id: output.find(({ type }) => type === 'function_call')!.call_id,
  output: 'walnut',
})
const referencesTo = ({ output }: Answer) => output.map(({ id }) => ({ type: 'item_reference', id }))

/** The complete response of a stream. */
const streamed = async (body: object): Promise<Answer> => {
  const { text } = await ask({ ...body, stream: true })
  const [, data] = /event: response\.completed\ndata: (.+)/.exec(text)!
  return (JSON.parse(data!) as { response: Answer }).response
}

describe.each([
  ['whole', answerTo],
  ['streamed', streamed],
] as const)('%s', (_how, first) => {
  test('previous_response_id continues the conversation', async () => {
    const answer = await first({ input: [question] })
    const next = await ask({ previous_response_id: answer.id, input: [resultFor(answer)] })
    expect(next).toMatchObject({ status: 200, text: expect.stringContaining('Walnut.') })
  })

  test('item_reference stands for the item', async () => {
    const answer = await first({ input: [question] })
    const next = await ask({ input: [question, ...referencesTo(answer), resultFor(answer)] })
    expect(next).toMatchObject({ status: 200, text: expect.stringContaining('Walnut.') })
  })

  test('a response is read and deleted', async () => {
    const { id } = await first({ input: 'Look it up.' })
    expect(await (await at(id)).json()).toMatchObject({ id, object: 'response' })
    expect(await (await at(id, 'DELETE')).json()).toEqual({ id, object: 'response', deleted: true })
    for (const method of ['GET', 'DELETE']) expect((await at(id, method)).status).toBe(404)
  })

  test('with store: false nothing is kept', async () => {
    const answer = await first({ input: [question], store: false })
    expect((await at(answer.id)).status).toBe(404)
    expect((await ask({ input: [question, ...referencesTo(answer)] })).status).toBe(404)
  })
})

const error = (message: string, param: string | null, code: string | null = null) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', param, code } })

test.each([
  [
    { previous_response_id: 'resp_x', input: 'Hello.' },
    400,
    error("Previous response with id 'resp_x' not found.", 'previous_response_id', 'previous_response_not_found'),
  ],
  [
    { input: [question, { type: 'item_reference', id: 'rs_x' }] },
    404,
    error("Item with id 'rs_x' not found.", 'input'),
  ],
  [{ input: [question, { id: 'msg_x' }] }, 404, error("Item with id 'msg_x' not found.", 'input')],
])('%j is refused as OpenAI does', async (body, status, text) => {
  expect(await ask(body)).toEqual({ status, text })
})

test('an unknown response is a 404, and other methods are a 405', async () => {
  expect(await (await at('resp_x')).text()).toBe(error("Response with id 'resp_x' not found.", null))
  expect((await at('resp_x', 'PUT')).status).toBe(405)
})

test.each([
  { input: [null, 7, { id: 7 }, { type: 'item_reference' }] },
  { previous_response_id: 7, input: 'Hello.' },
  { previous_response_id: 'x'.repeat(100_000), input: {} },
])('malformed references are a 400', async (body) => expect((await ask(body)).status).toBe(400))

test('the oldest responses are dropped: by number and by size', () => {
  const many = createStoredResponses()
  for (let at = 0; at <= MAX_RESPONSES; at++) many.keep({ id: `resp_${at}`, output: [{ id: `msg_${at}` }] }, [])
  expect([many.find('resp_0'), many.findItem('msg_0')]).toEqual([undefined, undefined])
  expect(many.findItem('msg_1')).toEqual({ id: 'msg_1' })
  const small = createStoredResponses(100)
  for (const id of ['a', 'b']) small.keep({ id, output: ['x'.repeat(50)] }, [])
  expect([small.find('a'), small.find('b')?.response['id']]).toEqual([undefined, 'b'])
})
