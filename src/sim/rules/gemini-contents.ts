// The contents of a Gemini request: turns of parts, each with exactly one kind of data.
import { type Fields, isFields } from '../wire/fields.ts'
import { demandsSignatures } from './models.ts'
import { checkName, fieldsOf, isForeignSeal, isGiven, listOf, type Report, textOf, wordSet } from './report.ts'

export const GEMINI_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/

const DATA = [
  ...wordSet(`
  text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse
`),
]

export function checkContents(report: Report, body: Fields, model: string): void {
  const { contents, systemInstruction } = body
  if (!Array.isArray(contents) || contents.length === 0) return report('contents', 'contents are required')
  if (
    isGiven(body, 'systemInstruction') &&
    !isGiven(fieldsOf(systemInstruction), 'parts') &&
    typeof systemInstruction !== 'string'
  )
    report('systemInstruction.parts', 'must not be empty')
  contents.forEach((content, index) => checkContent(report, content, `contents[${index}]`))
  checkTurns(report, contents)
  if (demandsSignatures(model)) checkSignatures(report, contents)
}

function checkContent(report: Report, content: unknown, place: string): void {
  const { role, parts } = fieldsOf(content)
  if (role !== undefined && role !== 'user' && role !== 'model' && role !== 'function')
    report(`${place}.role`, 'please use a valid role: user, model')
  if (!Array.isArray(parts) || parts.length === 0) return report(`${place}.parts`, 'must not be empty')
  parts.forEach((part, index) => checkPart(report, part, `${place}.parts[${index}]`))
}

function checkPart(report: Report, value: unknown, place: string): void {
  const part = fieldsOf(value)
  const data = DATA.filter((name) => isGiven(part, name))
  if (data.length !== 1) return report(place, 'a part must have exactly one kind of data')
  if (part['text'] === '' && !isGiven(part, 'thoughtSignature')) report(`${place}.text`, 'must not be empty')
  if (isForeignSeal(part['thoughtSignature'])) report(`${place}.thoughtSignature`, 'is not valid')
  const { mimeType, data: bytes } = fieldsOf(part['inlineData'])
  if (data[0] === 'inlineData' && (textOf(mimeType) === '' || textOf(bytes) === ''))
    report(`${place}.inlineData`, 'must have mimeType and data')
  checkFunctionPart(report, part, place)
}

function checkFunctionPart(
  report: Report,
  { functionCall: call, functionResponse: response }: Fields,
  place: string,
): void {
  if (isFields(call)) {
    checkName(report, `${place}.functionCall.name`, call['name'], GEMINI_NAME)
    if (isGiven(call, 'args') && !isFields(call['args'])) report(`${place}.functionCall.args`, 'must be an object')
  }
  if (!isFields(response)) return
  checkName(report, `${place}.functionResponse.name`, response['name'], GEMINI_NAME)
  if (!isFields(response['response'])) report(`${place}.functionResponse.response`, 'must be an object')
}

interface Turn {
  readonly place: string
  readonly role: unknown
  readonly calls: readonly Fields[]
  readonly responses: readonly Fields[]
}

const turnOf = (content: unknown, index: number): Turn => {
  const { role, parts } = fieldsOf(content)
  const having = (name: string) =>
    listOf(parts)
      .map((part) => fieldsOf(part)[name])
      .filter(isFields)
  return { place: `contents[${index}]`, role, calls: having('functionCall'), responses: having('functionResponse') }
}

/** A call comes after a user turn; its responses come directly after it, as many as there are calls, with their names. */
function checkTurns(report: Report, contents: readonly unknown[]): void {
  const turns = contents.map(turnOf)
  turns.forEach((turn, index) => {
    const before = turns[index - 1]
    const after = turns[index + 1]
    if (turn.calls.length > 0 && (before === undefined || before.role === 'model'))
      report(turn.place, 'a function call turn comes immediately after a user turn or after a function response turn')
    if (turn.calls.length > 0 && turn.calls.length !== (after?.responses.length ?? 0))
      report(
        turn.place,
        'the number of function response parts must equal the number of function call parts of the turn before',
      )
    if (turn.responses.length > 0 && (before?.calls.length ?? 0) === 0)
      report(turn.place, 'a function response turn comes immediately after a function call turn')
    checkMatches(report, turn, before)
  })
  if (turns.at(-1)!.role === 'model' && turns.length === 1)
    report(turns[0]!.place, 'a single turn must have the role user')
}

function checkMatches(report: Report, { responses, place }: Turn, before: Turn | undefined): void {
  const open = [...(before?.calls ?? [])]
  for (const { name, id } of responses) {
    const at = open.findIndex((call) =>
      isGiven({ id }, 'id') && isGiven(call, 'id') ? call['id'] === id : call['name'] === name,
    )
    if (at === -1 && open.length > 0)
      report(place, `no function call of the turn before has the name ${JSON.stringify(name)}`)
    open.splice(Math.max(0, at), 1)
  }
}

/** Gemini 3: the first call of each step since the user's last words has its signature. */
function checkSignatures(report: Report, contents: readonly unknown[]): void {
  const asked = contents.findLastIndex((content) => {
    const { role, parts } = fieldsOf(content)
    return role !== 'model' && listOf(parts).some((part) => !isGiven(fieldsOf(part), 'functionResponse'))
  })
  contents.forEach((content, index) => {
    const first = listOf(fieldsOf(content)['parts'])
      .map(fieldsOf)
      .find((part) => isGiven(part, 'functionCall'))
    if (index > asked && first && textOf(first['thoughtSignature']) === '')
      report(`contents[${index}]`, 'function call is missing a thought_signature')
  })
}
