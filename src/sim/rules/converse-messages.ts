// The messages of Converse: user and assistant alternate, beginning with the user.
import { type Fields, isFields } from '../wire/fields.ts'
import { type CallRef, checkIds, checkPairs, checkUnique, type PairTurn } from './call-pairs.ts'
import { claudeVersion, isClaude } from './models.ts'
import { checkName, fieldsOf, isBlank, isForeignSeal, isGiven, listOf, type Report, textOf } from './report.ts'

const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image', 'document', 'video', 'audio', 'toolResult', 'guardContent', 'cachePoint', 'searchResult'],
  assistant: ['text', 'image', 'toolUse', 'reasoningContent', 'citationsContent', 'cachePoint', 'toolResult'],
}
const RESULT_BLOCKS = new Set(['text', 'json', 'image', 'document', 'video', 'searchResult'])
const NAME = /^[a-zA-Z0-9_-]{1,64}$/
const CLAUDE_ID = /^[a-zA-Z0-9_-]{1,64}$/
/** Bedrock issued and took `functions.look_up:0` for models of other makers. */
const OTHER_ID = /^[a-zA-Z0-9_.:-]{1,64}$/
/** Letters, digits, single spaces, hyphens, parentheses and brackets. */
const DOCUMENT_NAME = /^(?!.*\s\s)[a-zA-Z0-9\s\-()[\]]{1,200}$/
const IMAGE_FORMATS = ['png', 'jpeg', 'gif', 'webp']

export const usesTools = (messages: unknown): boolean =>
  listOf(messages).some((message) =>
    listOf(fieldsOf(message)['content']).some(
      (block) => isGiven(fieldsOf(block), 'toolUse') || isGiven(fieldsOf(block), 'toolResult'),
    ),
  )

export function checkConverseMessages(report: Report, body: Fields, model: string): void {
  const { messages } = body
  listOf(body['system']).forEach((block, index) => checkText(report, fieldsOf(block), `system[${index}]`))
  if (!Array.isArray(messages) || messages.length === 0) return report('messages', 'must be a list that is not empty')
  messages.forEach((message, index) => checkMessage(report, fieldsOf(message), `messages[${index}]`, model))
  checkOrder(report, messages, model)
  const turns = messages.map(turnOf)
  checkPairs(report, turns)
  checkCalls(report, turns, model)
}

function checkCalls(report: Report, turns: readonly PairTurn[], model: string): void {
  const calls = turns.flatMap((turn) => turn.calls)
  checkIds(report, calls, isClaude(model) ? CLAUDE_ID : OTHER_ID)
  if (isClaude(model)) checkUnique(report, calls, 'toolUse with the id')
  else for (const turn of turns) checkUnique(report, turn.calls, 'toolUse with the id')
}

function checkOrder(report: Report, messages: readonly unknown[], model: string): void {
  const roles = messages.map((message) => textOf(fieldsOf(message)['role']))
  if (roles[0] !== 'user') report('messages[0]', 'a conversation must start with a user message')
  roles.forEach((role, index) => {
    if (index > 0 && role === roles[index - 1])
      report(`messages[${index}]`, 'a conversation must alternate between user and assistant roles')
  })
  if (roles.at(-1) === 'assistant' && claudeVersion(model) >= 406)
    report(`messages[${roles.length - 1}]`, 'this model does not support assistant message prefill')
}

function checkMessage(report: Report, { role, content }: Fields, place: string, model: string): void {
  const known = BLOCKS[textOf(role)]
  if (!known) return report(`${place}.role`, 'must be user or assistant')
  if (!Array.isArray(content) || content.length === 0)
    return report(`${place}.content`, 'must be a list that is not empty')
  const blocks = content.map(fieldsOf)
  blocks.forEach((block, index) => checkBlock(report, block, `${place}.content[${index}]`, known, model))
  const documents = blocks.filter((block) => isGiven(block, 'document'))
  if (documents.length > 0 && !blocks.some((block) => isGiven(block, 'text')))
    report(place, 'a document needs a text block in its message')
  checkUnique(
    report,
    documents.map((block) => ({ id: fieldsOf(block['document'])['name'], place })),
    'document with the name',
  )
}

function checkBlock(report: Report, block: Fields, place: string, known: readonly string[], model: string): void {
  const [kind = '', ...more] = Object.keys(block)
  if (more.length > 0 || !known.includes(kind))
    return report(place, `${JSON.stringify([kind, ...more])} is no block of this role`)
  const value = fieldsOf(block[kind])
  if (kind === 'text') checkText(report, block, place)
  if (kind === 'toolUse') checkToolUse(report, value, place)
  if (kind === 'toolResult') checkToolResult(report, value, place)
  if (kind === 'image' || kind === 'document') checkMedia(report, kind, value, place)
  if (kind === 'reasoningContent') checkReasoning(report, value, place, model)
}

function checkText(report: Report, block: Fields, place: string): void {
  if (isGiven(block, 'text') && isBlank(block['text'])) report(`${place}.text`, 'is blank; add text to the text field')
}

function checkToolUse(report: Report, { name, input }: Fields, place: string): void {
  checkName(report, `${place}.toolUse.name`, name, NAME)
  if (!isFields(input)) report(`${place}.toolUse.input`, 'must be an object')
}

function checkToolResult(report: Report, { content, status }: Fields, place: string): void {
  if (status !== undefined && status !== 'success' && status !== 'error')
    report(`${place}.toolResult.status`, 'must be success or error')
  if (!Array.isArray(content)) return report(`${place}.toolResult.content`, 'must be a list')
  content.map(fieldsOf).forEach((block, index) => {
    const where = `${place}.toolResult.content[${index}]`
    const [kind = ''] = Object.keys(block)
    if (!RESULT_BLOCKS.has(kind)) report(where, `${JSON.stringify(kind)} is no block of a toolResult`)
    checkText(report, block, where)
    if (kind === 'image' || kind === 'document') checkMedia(report, kind, fieldsOf(block[kind]), where)
  })
}

function checkMedia(report: Report, kind: string, { format, name, source }: Fields, place: string): void {
  if (kind === 'image' && !IMAGE_FORMATS.includes(textOf(format)))
    report(`${place}.image.format`, `must be one of ${IMAGE_FORMATS.join(', ')}`)
  if (kind === 'document' && !DOCUMENT_NAME.test(textOf(name)))
    report(`${place}.document.name`, `must match ${DOCUMENT_NAME.source}`)
  if (Object.keys(fieldsOf(source)).length !== 1)
    report(`${place}.${kind}.source`, 'must have exactly one kind of source')
}

function checkReasoning(
  report: Report,
  { reasoningText, redactedContent }: Fields,
  place: string,
  model: string,
): void {
  const { text, signature } = fieldsOf(reasoningText)
  if (reasoningText === undefined)
    return redactedContent === undefined ? report(`${place}.reasoningContent`, 'is empty') : undefined
  if (typeof text !== 'string') report(`${place}.reasoningContent.reasoningText.text`, 'must be a text')
  if (isForeignSeal(signature) || (isClaude(model) && textOf(signature) === ''))
    report(`${place}.reasoningContent.reasoningText.signature`, 'invalid signature')
}

function turnOf(message: unknown, index: number): PairTurn {
  const refs = (kind: string): CallRef[] =>
    listOf(fieldsOf(message)['content']).flatMap((block, at) => {
      const value = fieldsOf(block)[kind]
      return isFields(value) ? [{ id: value['toolUseId'], place: `messages[${index}].content[${at}]` }] : []
    })
  const isUser = fieldsOf(message)['role'] === 'user'
  return { calls: refs('toolUse'), results: isUser ? refs('toolResult') : [] }
}
