// The items of a Responses request. OpenAI pairs calls and outputs by `call_id`, wherever they stand.
import { type Fields, isFields } from '../wire/fields.ts'
import { type CallRef, checkUnique } from './call-pairs.ts'
import { checkName, fieldsOf, isForeignSeal, isGiven, type Report, textOf, wordSet } from './report.ts'

export interface ItemContext {
  /** Earlier items are stored with OpenAI, so a call may be missing here. */
  readonly isStateful: boolean
  readonly isStored: boolean
}

/** The calls that a client answers, with the type of their outputs. */
const OUTPUT_OF: Readonly<Record<string, string>> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
  local_shell_call: 'local_shell_call_output',
  shell_call: 'shell_call_output',
  apply_patch_call: 'apply_patch_call_output',
  computer_call: 'computer_call_output',
}
const OUTPUTS: ReadonlySet<string> = new Set(Object.values(OUTPUT_OF))

const OTHERS: ReadonlySet<string> = wordSet(`
  message reasoning item_reference compaction compaction_trigger compaction_summary file_search_call
  web_search_call image_generation_call code_interpreter_call tool_search_call tool_search_output
  mcp_list_tools mcp_approval_request mcp_approval_response mcp_call additional_tools configuration_update
  program program_output agent_message
`)

/** OpenAI: "Expected an ID that begins with 'fc'." */
const ID_PREFIX: Readonly<Record<string, string>> = { function_call: 'fc', custom_tool_call: 'ctc', reasoning: 'rs' }

const CALL_ID = /^[^]{1,64}$/
const NAME = /^[a-zA-Z0-9_-]{1,128}$/

export function checkItems(report: Report, items: readonly unknown[], context: ItemContext): void {
  items.forEach((item, index) => checkItem(report, item, `input[${index}]`, context))
  checkPairing(report, items, context)
  checkReasoningOrder(report, items)
  checkUnique(
    report,
    items.flatMap((item, index) => refOf(fieldsOf(item)['id'], `input[${index}].id`)),
    'item with the id',
  )
}

const refOf = (id: unknown, place: string): CallRef[] => (typeof id === 'string' ? [{ id, place }] : [])

const typeOf = (item: unknown): string => {
  const { type, role } = fieldsOf(item)
  return type === undefined && role !== undefined ? 'message' : textOf(type)
}

function checkItem(report: Report, item: unknown, place: string, context: ItemContext): void {
  if (!isFields(item)) return report(place, 'must be an object')
  const type = typeOf(item)
  if (OUTPUT_OF[type] === undefined && !OUTPUTS.has(type) && !OTHERS.has(type))
    return report(`${place}.type`, `unknown type of item ${JSON.stringify(item['type'])}`)
  checkItemId(report, item, type, place)
  if (type === 'message') checkMessage(report, item, place)
  if (type === 'reasoning') checkReasoning(report, item, place, context)
  if (type === 'function_call' || type === 'custom_tool_call') checkCall(report, item, type, place)
  if (type === 'function_call_output' || type === 'custom_tool_call_output') checkOutput(report, item, place)
}

function checkItemId(report: Report, { id }: Fields, type: string, place: string): void {
  const prefix = ID_PREFIX[type]
  if (id === undefined || id === null || prefix === undefined) return
  if (!textOf(id).startsWith(prefix)) report(`${place}.id`, `expected an id that begins with "${prefix}"`)
  if (textOf(id).length > 64) report(`${place}.id`, 'at most 64 characters')
}

const INPUT: ReadonlySet<string> = new Set(['input_text', 'input_image', 'input_file', 'input_audio'])
const OUTPUT: ReadonlySet<string> = new Set(['output_text', 'refusal'])
const ROLES: Readonly<Record<string, ReadonlySet<string>>> = {
  user: INPUT,
  system: INPUT,
  developer: INPUT,
  assistant: OUTPUT,
}

function checkMessage(report: Report, { role, content }: Fields, place: string): void {
  const known = ROLES[textOf(role)]
  if (!known) return report(`${place}.role`, `unknown role ${JSON.stringify(role)}`)
  if (typeof content === 'string') return
  if (!Array.isArray(content)) return report(`${place}.content`, 'must be a text or a list of parts')
  content.forEach((part, index) => checkPart(report, part, `${place}.content[${index}]`, known))
}

function checkPart(report: Report, part: unknown, place: string, known: ReadonlySet<string>): void {
  const { type, text, image_url: image, file_id: file } = fieldsOf(part)
  if (!known.has(textOf(type)))
    return report(`${place}.type`, `${JSON.stringify(type)} is not one of ${[...known].join(', ')}`)
  if (textOf(type).endsWith('_text') && typeof text !== 'string') report(`${place}.text`, 'must be a text')
  if (type === 'input_image' && typeof image !== 'string' && typeof file !== 'string')
    report(`${place}.image_url`, 'must be an address or a data URL')
}

function checkReasoning(report: Report, item: Fields, place: string, { isStored }: ItemContext): void {
  const sealed = item['encrypted_content']
  if (!Array.isArray(item['summary'])) report(`${place}.summary`, 'is missing')
  if (isForeignSeal(sealed)) report(`${place}.encrypted_content`, 'was made by a gateway')
  if (!isStored && !isGiven(item, 'encrypted_content'))
    report(place, 'reasoning without encrypted_content is not found when store is false')
}

function checkCall(report: Report, item: Fields, type: string, place: string): void {
  const { call_id: id, name } = item
  if (typeof id !== 'string' || !CALL_ID.test(id)) report(`${place}.call_id`, 'must have 1 to 64 characters')
  checkName(report, `${place}.name`, name, NAME)
  const field = type === 'function_call' ? 'arguments' : 'input'
  if (typeof item[field] !== 'string') report(`${place}.${field}`, 'must be a text')
}

function checkOutput(report: Report, { output }: Fields, place: string): void {
  if (typeof output === 'string') return
  if (!Array.isArray(output)) return report(`${place}.output`, 'must be a text or a list of parts')
  output.forEach((part, index) => checkPart(report, part, `${place}.output[${index}]`, INPUT))
}

/** OpenAI: "No tool output found for function call ...", "No tool call found for function call output with call_id ...". */
function checkPairing(report: Report, items: readonly unknown[], { isStateful }: ItemContext): void {
  const refs = items.map((item, index) => ({
    type: typeOf(item),
    id: fieldsOf(item)['call_id'],
    place: `input[${index}]`,
  }))
  const keyOf = (type: string, id: unknown) => `${type} ${JSON.stringify(id)}`
  const outputs = new Map(refs.map(({ type, id }, index) => [keyOf(type, id), index]))
  const calls = new Set<string>()
  refs.forEach(({ type, id, place }, index) => {
    const output = OUTPUT_OF[type]
    if (output !== undefined) {
      calls.add(keyOf(output, id))
      if ((outputs.get(keyOf(output, id)) ?? -1) < index)
        report(place, `no output found for the call ${JSON.stringify(id)}`)
    } else if (OUTPUTS.has(type) && !isStateful && !calls.has(keyOf(type, id)))
      report(place, `no call found for the output with call_id ${JSON.stringify(id)}`)
  })
  checkUnique(
    report,
    refs.filter(({ type }) => OUTPUT_OF[type] !== undefined),
    'call with the call_id',
  )
  checkUnique(
    report,
    refs.filter(({ type }) => OUTPUTS.has(type)),
    'output with the call_id',
  )
}

/** OpenAI: "Item ... of type 'reasoning' was provided without its required following item." */
function checkReasoningOrder(report: Report, items: readonly unknown[]): void {
  items.forEach((item, index) => {
    if (typeOf(item) !== 'reasoning') return
    const next = items.slice(index + 1).find((other) => typeOf(other) !== 'reasoning')
    const type = typeOf(next)
    const follows =
      type === 'message'
        ? fieldsOf(next)['role'] === 'assistant'
        : /(_call|_search_call|compaction|program|mcp_list_tools|mcp_approval_request)$/.test(type)
    if (!follows) report(`input[${index}]`, 'reasoning without the message or call that followed it')
  })
}
