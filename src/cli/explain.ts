import { Command, Option } from 'commander'
import { asGatewayError } from '../errors.ts'
import { chatFormat, chatFormatNames } from '../formats/chat-formats.ts'
import { encodeFor } from '../formats/encode-for.ts'
import type { RequestFacts } from '../formats/format.ts'
import { Losses } from '../formats/translation/losses.ts'
import type { ApiName } from '../formats/apis/api.ts'
import { APIS } from '../formats/apis/apis.ts'
import { failUnknownCommand } from './unknown-command.ts'

export interface ExplainOptions {
  readonly from: string
  readonly to: string
  readonly model?: string
  readonly strict?: boolean
  readonly stream?: boolean
}

export interface Explained {
  /** The upstream's request, as JSON; undefined if it is rejected. */
  readonly request: string | undefined
  /** The losses, or the reason of the rejection. */
  readonly remarks: readonly string[]
  readonly exitCode: 0 | 1
}

/** `sluice explain`: shows what the gateway would do, without sending anything. */
export function explainCommand(): Command {
  const format = (flags: string, description: string) =>
    new Option(flags, description).choices(chatFormatNames).makeOptionMandatory()
  const translate = new Command('translate')
    .description('Show a request from standard input as an upstream of another API format would get it, and every loss')
    .addOption(format('--from <format>', 'API format of the request'))
    .addOption(format('--to <format>', 'API format of the upstream'))
    .option('--model <name>', "name of the model at the upstream (default: the request's own)")
    .option('--stream', 'treat it as a streaming request, for formats in which the path requests a stream')
    .option('--strict', 'reject the request if the format cannot express all of it')
    .action(async (options: ExplainOptions) => {
      const { request, remarks, exitCode } = explainTranslate(await Bun.stdin.text(), options)
      for (const remark of remarks) console.error(remark)
      if (request !== undefined) console.log(request)
      process.exitCode = exitCode
    })
  const explain = new Command('explain').description('Show what the gateway would do, without sending anything')
  return explain.addCommand(translate).on('command:*', ([name]: string[]) => failUnknownCommand(explain, name!))
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
        ? `The input is not valid JSON: ${thrown.message}. Send one JSON request on standard input.`
        : asGatewayError(thrown).message
    return { request: undefined, remarks: [`rejected: ${why}`], exitCode: 1 }
  }
  const remarks = losses.list.map(({ field, what }) => `${field}: ${what}`)
  const isRejected = options.strict === true && remarks.length > 0
  return { request: isRejected ? undefined : request, remarks, exitCode: isRejected ? 1 : 0 }
}

function translate(body: unknown, { from, to, model, stream }: ExplainOptions, losses: Losses): string {
  const facts: RequestFacts = { model, stream }
  const request = chatFormat(from)!.decodeRequest(body, facts)
  const name = model ?? request.model ?? 'the-model'
  const target = { model: name, baseModel: name, capabilities: new Set<never>() }
  const api = APIS[to as ApiName]
  return JSON.stringify(encodeFor(request, api, target, undefined, losses).body, null, 2)
}
