import { Command, Option } from 'commander'
import { asGatewayError } from '../errors.ts'
import { chatFormat, chatFormatNames } from '../formats/chat-formats.ts'
import { encodeFor } from '../formats/encode-for.ts'
import type { RequestFacts } from '../formats/format.ts'
import { Losses } from '../formats/translation/losses.ts'
import type { ApiName } from '../formats/apis/api.ts'
import { APIS } from '../formats/apis/apis.ts'
import { refuseCommand } from './unknown-command.ts'

export interface ExplainOptions {
  readonly from: string
  readonly to: string
  readonly model?: string
  readonly strict?: boolean
  readonly stream?: boolean
}

export interface Explained {
  /** The upstream's request, as JSON; undefined when there is none. */
  readonly request: string | undefined
  /** What went without, or why there is no request. */
  readonly remarks: readonly string[]
  readonly exitCode: 0 | 1
}

/** `sluice explain`: says what the gateway would do, without doing it. */
export function explainCommand(): Command {
  const language = (flags: string, what: string) =>
    new Option(flags, what).choices(chatFormatNames).makeOptionMandatory()
  const translate = new Command('translate')
    .description('Show a request on standard input as an upstream of another language would get it, and every loss')
    .addOption(language('--from <language>', 'the language of the request'))
    .addOption(language('--to <language>', 'the language of the upstream'))
    .option('--model <name>', "the upstream's name for the model (default: the request's own)")
    .option('--stream', 'ask for a stream, where the path would say so and not the body')
    .option('--strict', 'refuse what cannot be said exactly')
    .action(async (options: ExplainOptions) => {
      const { request, remarks, exitCode } = explainTranslate(await Bun.stdin.text(), options)
      for (const remark of remarks) console.error(remark)
      if (request !== undefined) console.log(request)
      process.exitCode = exitCode
    })
  const explain = new Command('explain').description('Say what the gateway would do, without doing it')
  return explain.addCommand(translate).on('command:*', ([name]: string[]) => refuseCommand(explain, name!))
}

/** The translation itself, without a terminal. */
export function explainTranslate(text: string, options: ExplainOptions): Explained {
  const losses = new Losses()
  let request: string
  try {
    request = translate(JSON.parse(text), options, losses)
  } catch (thrown) {
    const why =
      thrown instanceof SyntaxError
        ? `The input is not JSON: ${thrown.message}. Send one JSON request on standard input.`
        : asGatewayError(thrown).message
    return { request: undefined, remarks: [`refused: ${why}`], exitCode: 1 }
  }
  const remarks = losses.list.map(({ field, what }) => `${field}: ${what}`)
  const isRefused = options.strict === true && remarks.length > 0
  return { request: isRefused ? undefined : request, remarks, exitCode: isRefused ? 1 : 0 }
}

function translate(body: unknown, { from, to, model, stream }: ExplainOptions, losses: Losses): string {
  const facts: RequestFacts = { model, stream }
  const request = chatFormat(from)!.decodeRequest(body, facts)
  const name = model ?? request.model ?? 'the-model'
  const target = { model: name, baseModel: name, capabilities: new Set<never>() }
  const api = APIS[to as ApiName]
  return JSON.stringify(encodeFor(request, api, target, undefined, losses).body, null, 2)
}
