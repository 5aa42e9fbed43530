import type { Target } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { type AnyWholeFormat, wholeFormat } from '../../formats/whole-formats.ts'
import type { ProviderType } from '../../providers/provider.ts'
import type { Call } from '../call/call.ts'
import { warn, withoutGatewayFields } from './translate-request.ts'

export interface TranslatedWhole {
  readonly body: Uint8Array<ArrayBuffer>
  /** There are no tools. */
  readonly names: undefined
}

/** As `translateRequest`, for the operations that are always answered whole. */
export function translateWhole(call: Call, to: AnyWholeFormat, type: ProviderType, model: string): TranslatedWhole {
  const losses = new Losses()
  const target: Target = { model, baseModel: model, capabilities: type.capabilities }
  const body = to.encodeRequest(wholeRequest(call), target, losses)
  warn(call, losses.list)
  return { body: new Uint8Array(Buffer.from(JSON.stringify(body))), names: undefined }
}

/** The client's request as every language of its operation is read into; read once, however many upstreams are asked. */
export function wholeRequest(call: Call): unknown {
  call.asked ??= wholeFormat(call.api!.name)!.decodeRequest(withoutGatewayFields(call.body), {
    model: call.pathModel,
    stream: false,
  })
  return call.asked
}
