// The messages of Chat Completions: at OpenAI, and at a self-hosted server whose chat template reads them.
import { type Fields, isFields } from '../wire/fields.ts'
import { type CallRef, checkIds, checkPairs, checkUnique, type PairTurn } from './call-pairs.ts'
import { checkKnown, checkName, fieldsOf, isForeignSeal, isGiven, listOf, type Report, textOf } from './report.ts'

export type ChatVariant = 'hosted' | 'self-hosted'

const ROLES: Readonly<Record<ChatVariant, ReadonlySet<string>>> = {
  hosted: new Set(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  // Templates know neither `developer` nor `function`: "Unexpected message role".
  'self-hosted': new Set(['system', 'user', 'assistant', 'tool']),
}

const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  user: new Set(['text', 'image_url', 'input_audio', 'file', 'video_url', 'audio_url']),
  assistant: new Set(['text', 'refusal']),
}
const TEXT_ONLY: ReadonlySet<string> = new Set(['text'])

const FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  assistant: new Set(['role', 'content', 'name', 'refusal', 'audio', 'tool_calls', 'function_call']),
  tool: new Set(['role', 'content', 'tool_call_id']),
}
const OTHER_FIELDS: ReadonlySet<string> = new Set(['role', 'content', 'name'])

const NAME = /^[a-zA-Z0-9_-]{1,64}$/
/** OpenAI and Azure refused longer ids in public reports (vercel/ai#8132); 40 is the safe bound. */
const HOSTED_ID = /^[^]{1,40}$/
const ANY_ID = /^[^]+$/

export function checkChatMessages(report: Report, messages: unknown, variant: ChatVariant): void {
  if (!Array.isArray(messages) || messages.length === 0) return report('messages', 'must be a list that is not empty')
  messages.forEach((message, index) => checkMessage(report, message, index, variant))
  checkPairs(report, turnsOf(messages))
}

function checkMessage(report: Report, value: unknown, index: number, variant: ChatVariant): void {
  const place = `messages[${index}]`
  if (!isFields(value)) return report(place, 'must be an object')
  const role = textOf(value['role'])
  if (!ROLES[variant].has(role)) return report(`${place}.role`, `unknown role ${JSON.stringify(value['role'])}`)
  if (variant === 'hosted') checkKnown(report, place, value, FIELDS[role] ?? OTHER_FIELDS)
  else if (role === 'system' && index > 0)
    report(place, 'the system message must be at the beginning, and the only one')
  checkContent(report, value, role, place)
  if (role === 'assistant') checkCalls(report, value, place, variant)
}

function checkContent(report: Report, message: Fields, role: string, place: string): void {
  const content = message['content'] ?? undefined
  const isOptional =
    role === 'assistant' &&
    (isGiven(message, 'tool_calls') ||
      isGiven(message, 'function_call') ||
      isGiven(message, 'audio') ||
      isGiven(message, 'refusal'))
  if (content === undefined)
    return isOptional || role === 'function'
      ? undefined
      : report(`${place}.content`, 'expected a text or parts, got null')
  if (typeof content === 'string') return
  if (!Array.isArray(content) || content.length === 0)
    return report(`${place}.content`, 'must be a text or a list of parts that is not empty')
  content.forEach((part, index) => checkPart(report, part, `${place}.content[${index}]`, PARTS[role] ?? TEXT_ONLY))
}

const IMAGE = /^(https?:\/\/|data:image\/[a-z0-9.+-]+;base64,)/i

function checkPart(report: Report, part: unknown, place: string, known: ReadonlySet<string>): void {
  const { type, text, image_url: image } = fieldsOf(part)
  if (!known.has(textOf(type))) return report(place, `unknown type of part ${JSON.stringify(type)}`)
  if (type === 'text' && typeof text !== 'string') report(`${place}.text`, 'must be a text')
  if (type === 'image_url' && !IMAGE.test(textOf(fieldsOf(image)['url'])))
    report(`${place}.image_url.url`, 'must be an address or a data URL')
}

function checkCalls(report: Report, message: Fields, place: string, variant: ChatVariant): void {
  const calls = message['tool_calls'] ?? undefined
  for (const details of listOf(message['reasoning_details']))
    for (const name of ['data', 'signature'])
      if (isForeignSeal(fieldsOf(details)[name]))
        report(`${place}.reasoning_details`, `"${name}" was made by a gateway`)
  if (calls === undefined) return
  if (!Array.isArray(calls) || calls.length === 0)
    return report(`${place}.tool_calls`, 'must be a list that is not empty')
  calls.forEach((call, index) => checkCall(report, call, `${place}.tool_calls[${index}]`, variant))
  const refs = callsOf(message, place)
  checkIds(report, refs, variant === 'hosted' ? HOSTED_ID : ANY_ID)
  checkUnique(report, refs, 'tool call with the id')
}

function checkCall(report: Report, call: unknown, place: string, variant: ChatVariant): void {
  const { type, function: called, custom } = fieldsOf(call)
  if (type === 'custom' && variant === 'hosted')
    return checkName(report, `${place}.custom.name`, fieldsOf(custom)['name'], NAME)
  if (type !== 'function') report(`${place}.type`, 'must be "function"')
  const { name, arguments: given } = fieldsOf(called)
  checkName(report, `${place}.function.name`, name, NAME)
  if (typeof given !== 'string') report(`${place}.function.arguments`, 'must be a text')
  // Templates iterate over the arguments, so the server parses them first.
  else if (variant === 'self-hosted' && !isJsonObject(given))
    report(`${place}.function.arguments`, 'must be a JSON object')
}

export function isJsonObject(text: string): boolean {
  try {
    return isFields(JSON.parse(text))
  } catch {
    return false
  }
}

const callsOf = (message: Fields, place: string): readonly CallRef[] =>
  listOf(message['tool_calls']).map((call, index) => ({
    id: fieldsOf(call)['id'],
    place: `${place}.tool_calls[${index}]`,
  }))

/** Consecutive tool messages are one turn. */
export function turnsOf(messages: readonly unknown[]): readonly PairTurn[] {
  const turns: { calls: readonly CallRef[]; results: CallRef[] }[] = []
  messages.forEach((value, index) => {
    const message = fieldsOf(value)
    const place = `messages[${index}]`
    if (message['role'] !== 'tool') return void turns.push({ calls: callsOf(message, place), results: [] })
    const isNext = fieldsOf(messages[index - 1])['role'] === 'tool'
    if (!isNext) turns.push({ calls: [], results: [] })
    turns.at(-1)!.results.push({ id: message['tool_call_id'], place })
  })
  return turns
}
