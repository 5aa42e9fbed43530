import { expect, test } from 'bun:test'
import { growth, LINEAR } from '../../../test/growth.ts'
import { JsonScanError } from '../../codecs/json/scan.ts'
import { type MediaEvent, readMediaEvent } from './media-event.ts'

test.each<[string, MediaEvent['position']]>([
  ['[DONE]', 'end'],
  ['{"type":"transcript.text.delta","delta":"a"}', 'part'],
  ['{"type":"transcript.text.segment","text":"a"}', 'part'],
  ['{"type":"transcript.text.done","text":"a"}', 'end'],
  ['{"type":"transcription.language","audio_language":"en"}', 'part'],
  ['{"type":"image_generation.partial_image","b64_json":"AAAA"}', 'part'],
  ['{"type":"image_edit.completed","b64_json":"AAAA"}', 'end'],
  ['{"type":"speech.audio.delta","audio":"AAAA"}', 'part'],
  ['{"type":"speech.audio.done"}', 'end'],
  ['{"object":"transcription.chunk","choices":[]}', 'part'],
  ['{"text":"a"}', 'unknown'],
  ['{"type":7}', 'unknown'],
])('%s is the %s', (data, position) => expect(readMediaEvent(data).position).toBe(position))

test.each([
  ['{"type":"x.done","usage":{"input_tokens":3,"output_tokens":2,"input_token_details":{}}}', { input: 3, output: 2 }],
  ['{"type":"x.done","usage":{"prompt_tokens":3,"completion_tokens":2}}', { input: 3, output: 2 }],
  ['{"type":"x.done","usage":{"type":"duration","seconds":3}}', undefined],
  ['{"type":"x.done","usage":null}', undefined],
  ['{"type":"x.delta"}', undefined],
])('the usage of %s is %j', (data, usage) =>
  usage ? expect(readMediaEvent(data).usage).toMatchObject(usage) : expect(readMediaEvent(data).usage).toBeUndefined(),
)

test.each([
  ['{"type":"error","error":{"message":"Oh.","code":"x"}}', 'Oh.'],
  ['{"error":{"message":"Oh."}}', 'Oh.'],
  ['{"type":"x.delta","error":null}', undefined],
])('the error of %s is %j', (data, message) => expect(readMediaEvent(data).error?.message).toBe(message!))

test.each(['', 'a', '[]', '{"type":', '"x"'])('%j is rejected', (data) =>
  expect(() => readMediaEvent(data)).toThrow(JsonScanError),
)

test('an image of megabytes is skipped quickly', () => {
  const image = (bytes: number) =>
    `{"type":"image_generation.completed","b64_json":"${'A'.repeat(bytes)}","usage":{"input_tokens":1,"output_tokens":2}}`
  expect(readMediaEvent(image(8_000_000))).toMatchObject({ position: 'end', usage: { input: 1, output: 2 } })
  expect(growth(200_000, image, readMediaEvent)).toBeLessThan(LINEAR)
})
