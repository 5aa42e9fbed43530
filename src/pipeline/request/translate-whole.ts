import type { Target } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import type { AnyWholeFormat } from '../../formats/whole-formats.ts'
import type { Call } from '../call/call.ts'
import { type TranslationTarget, reportLosses } from './translate-request.ts'

export interface TranslatedWhole {
  readonly body: Uint8Array<ArrayBuffer>
  /** These operations have no tools. */
  readonly names: undefined
}

/** As `translateRequest`, for the operations that are never streamed. */
export function translateWhole(
  call: Call,
  to: AnyWholeFormat,
  { type, model, warnings }: TranslationTarget,
): TranslatedWhole {
  const losses = new Losses()
  const target: Target = { model, baseModel: model, capabilities: type.capabilities }
  const body = to.encodeRequest(call.body.canonicalWhole(), target, losses)
  reportLosses(call, losses.list, warnings)
  return { body: new Uint8Array(Buffer.from(JSON.stringify(body))), names: undefined }
}
