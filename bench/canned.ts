// The fixed responses of the benchmark upstream: about 1 KB for a complete response, about 220 bytes for a chunk.

const MODEL = 'upstream-model'
const ID = 'chatcmpl-5f0c8a4e2b7d4c1a9e3f6b8d0a2c4e6f'
const CREATED = 1_760_000_000
const USAGE = { prompt_tokens: 212, completion_tokens: 148, total_tokens: 360 }

const TEXT = 'The harbour lay quiet under a low grey sky, and the boats turned slowly with the tide. '.repeat(8).trim()

const completeBody = JSON.stringify({
  id: ID,
  object: 'chat.completion',
  created: CREATED,
  model: MODEL,
  choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, logprobs: null, finish_reason: 'stop' }],
  usage: USAGE,
})

/** The HTTP response to a request that does not stream. */
export const COMPLETE = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(completeBody)}\r\n\r\n${completeBody}`,
)

/** The response to a health check or a request for the model list. */
const modelsBody = JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'bench' }] })
export const MODELS = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${modelsBody.length}\r\n\r\n${modelsBody}`,
)

/** Without x-accel-buffering nginx would buffer the stream. nginx does not forward the header. */
export const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-accel-buffering: no\r\ntransfer-encoding: chunked\r\n\r\n',
)

const event = (data: string) => `data: ${data}\n\n`
const httpChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const chunkData = (delta: object, finish_reason: string | null) =>
  JSON.stringify({
    id: ID,
    object: 'chat.completion.chunk',
    created: CREATED,
    model: MODEL,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  })

export const CHUNK = Buffer.from(httpChunk(event(chunkData({ content: ' harbour' }, null))))

const usageData = JSON.stringify({
  id: ID,
  object: 'chat.completion.chunk',
  created: CREATED,
  model: MODEL,
  choices: [],
  usage: USAGE,
})

export const STREAM_END = Buffer.from(
  [chunkData({}, 'stop'), usageData, '[DONE]'].map((data) => httpChunk(event(data))).join('') + httpChunk(''),
)

// The same responses in Anthropic's format, for the gateway to translate.
const messagesBody = JSON.stringify({
  id: 'msg_5f0c8a4e2b7d4c1a9e3f6b8d',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content: [{ type: 'text', text: TEXT }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 212, output_tokens: 148, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
})

export const MESSAGES_COMPLETE = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(messagesBody)}\r\n\r\n${messagesBody}`,
)

const named = (data: { readonly type: string }) => httpChunk(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)

const messageStart = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: MODEL,
    content: [],
    usage: { input_tokens: 212, output_tokens: 1 },
  },
}
const blockStart = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
const blockDelta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' harbour' } }
const messageDelta = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 148 } }

export const MESSAGES_HEAD = Buffer.concat([STREAM_HEAD, Buffer.from(named(messageStart) + named(blockStart))])
export const MESSAGES_CHUNK = Buffer.from(named(blockDelta))
export const MESSAGES_END = Buffer.from(
  `${named({ type: 'content_block_stop', index: 0 } as { type: string })}${named(messageDelta)}${named({ type: 'message_stop' })}0\r\n\r\n`,
)
