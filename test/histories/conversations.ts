// The conversations of `steps.ts` in the format of each client.
import { chatMessage } from './clients/chat.ts'
import { claudeBlock } from './clients/claude.ts'
import { cohereMessage } from './clients/cohere.ts'
import { converseBlock } from './clients/converse.ts'
import { geminiPart } from './clients/gemini.ts'
import { grouped } from './clients/grouped.ts'
import { ollamaMessage } from './clients/ollama.ts'
import { responsesItem } from './clients/responses.ts'
import type { Step } from './steps.ts'

/** The same conversation in the format of a client, as a request. */
export const RENDER: Readonly<Record<string, (steps: readonly Step[]) => object>> = {
  'openai-chat': (steps) => ({
    model: 'm',
    tools: [
      ...['ls', 'look_up'].map((name) => ({
        type: 'function',
        function: { name, parameters: { type: 'object', properties: {} } },
      })),
      { type: 'custom', custom: { name: 'patch' } },
    ],
    messages: steps.flatMap(chatMessage),
  }),
  'openai-responses': (steps) => ({
    model: 'm',
    tools: [
      { type: 'function', name: 'ls', parameters: { type: 'object', properties: {} }, strict: false },
      {
        type: 'namespace',
        name: 'mcp__docs',
        description: '',
        tools: [{ type: 'function', name: 'look_up', strict: false }],
      },
      { type: 'custom', name: 'patch' },
    ],
    input: steps.map(responsesItem),
  }),
  anthropic: (steps) => ({
    model: 'm',
    max_tokens: 1000,
    tools: ['ls', 'look_up'].map((name) => ({ name, input_schema: { type: 'object', properties: {} } })),
    messages: grouped(steps.flatMap(claudeBlock), (role, content) => ({ role, content })),
  }),
  'bedrock-converse': (steps) => ({
    toolConfig: {
      tools: ['ls', 'look_up'].map((name) => ({
        toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } },
      })),
    },
    messages: grouped(steps.flatMap(converseBlock), (role, content) => ({ role, content })),
  }),
  cohere: (steps) => ({
    model: 'm',
    strict_tools: true,
    tools: ['ls', 'look_up'].map((name) => ({
      type: 'function',
      function: { name, parameters: { type: 'object', properties: {} } },
    })),
    documents: ['The sea is calm.', { id: 'doc-1', data: { title: 'Sea' } }],
    messages: steps.map(cohereMessage),
  }),
  ollama: (steps) => ({
    model: 'm',
    tools: ['ls', 'look_up'].map((name) => ({
      type: 'function',
      function: { name, parameters: { type: 'object', properties: {} } },
    })),
    messages: steps.map(ollamaMessage),
  }),
  gemini: (steps) => ({
    tools: [{ functionDeclarations: [{ name: 'ls' }, { name: 'look_up' }] }],
    contents: grouped(steps.flatMap(geminiPart), (role, parts) => ({ role: role === 'user' ? role : 'model', parts })),
  }),
}
