/** Ranges of characters that a terminal draws two cells wide (East Asian Width W and F, and emoji). */
const wide: readonly (readonly [number, number])[] = [
  [0x11_00, 0x11_5f],
  [0x2e_80, 0x30_3e],
  [0x30_41, 0x33_ff],
  [0x34_00, 0x4d_bf],
  [0x4e_00, 0x9f_ff],
  [0xa0_00, 0xa4_cf],
  [0xac_00, 0xd7_a3],
  [0xf9_00, 0xfa_ff],
  [0xfe_30, 0xfe_6f],
  [0xff_00, 0xff_60],
  [0xff_e0, 0xff_e6],
  [0x1_f3_00, 0x1_f6_4f],
  [0x1_f9_00, 0x1_f9_ff],
  [0x2_00_00, 0x3_ff_fd],
]

const zero = /\p{Mn}|\p{Me}|\u200B|\u200D|\uFE0F/u

/** Cells that a text takes in a terminal; escape sequences take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of withoutEscapes(text)) {
    const point = character.codePointAt(0) ?? 0
    if (zero.test(character)) continue
    width += wide.some(([from, to]) => point >= from && point <= to) ? 2 : 1
  }
  return width
}

/** Without the escape sequences that colour text and move the cursor. */
export function withoutEscapes(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}

const segmenter = new Intl.Segmenter()

/** Characters as people count them: what one press of an arrow key steps over. */
export function toCharacters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}
