// What Cohere and Ollama refuse of a conversation.
import { type Fields, isFields } from '../wire/fields.ts'
import { checkPairs, checkUnique } from './call-pairs.ts'
import { turnsOf } from './chat-messages.ts'
import { checkName, checkToolNames, fieldsOf, listOf, type Report, textOf } from './report.ts'

const NAME = /^[a-zA-Z0-9_-]{1,64}$/
const ROLES = new Set(['system', 'user', 'assistant', 'tool'])

/** Cohere's chat, version 2: https://docs.cohere.com/reference/chat. */
export function checkCohere(report: Report, body: Fields): void {
  checkShared(report, body)
  const turns = turnsOf(listOf(body['messages']))
  checkPairs(report, turns)
  for (const { calls } of turns) checkUnique(report, calls, 'tool call with the id')
}

/** Ollama's chat has no ids: results belong to calls by their order and name. */
export function checkOllama(report: Report, body: Fields): void {
  checkShared(report, body)
  listOf(body['messages']).forEach((message, index) => {
    listOf(fieldsOf(message)['tool_calls']).forEach((call, at) => {
      if (!isFields(fieldsOf(fieldsOf(call)['function'])['arguments']))
        report(`messages[${index}].tool_calls[${at}].function.arguments`, 'must be an object')
    })
    if (typeof fieldsOf(message)['content'] !== 'string' && fieldsOf(message)['content'] !== undefined)
      report(`messages[${index}].content`, 'must be a text')
  })
}

function checkShared(report: Report, body: Fields): void {
  const { messages, model } = body
  if (textOf(model) === '') report('model', 'is missing')
  if (!Array.isArray(messages) || messages.length === 0) return report('messages', 'must be a list that is not empty')
  messages.forEach((message, index) => {
    const { role, tool_calls: calls } = fieldsOf(message)
    if (!ROLES.has(textOf(role))) report(`messages[${index}].role`, `unknown role ${JSON.stringify(role)}`)
    listOf(calls).forEach((call, at) =>
      checkName(
        report,
        `messages[${index}].tool_calls[${at}].function.name`,
        fieldsOf(fieldsOf(call)['function'])['name'],
        NAME,
      ),
    )
  })
  const tools = listOf(body['tools']).map((tool, index) => ({
    name: fieldsOf(fieldsOf(tool)['function'])['name'],
    place: `tools[${index}].function.name`,
  }))
  checkToolNames(report, tools, NAME)
}
