// A server of the Model Context Protocol over standard input and output, with one tool. https://modelcontextprotocol.io/specification
import { createInterface } from 'node:readline'

const tool = {
  name: 'lookup',
  description: 'Looks up the secret word of a key.',
  inputSchema: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
}

const RESULTS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'house', version: '1' },
  }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': ({ arguments: given }) => ({
    content: [{ type: 'text', text: `The word of ${given.key} is walnut.` }],
  }),
  ping: () => ({}),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const respond = RESULTS[method]
  const answer = respond ? { result: respond(params) } : { error: { code: -32601, message: 'Method not found' } }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
}
