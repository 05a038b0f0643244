/** A stretch of code with one way in. A conditional branch out does not end it: what follows is paid in advance. */
export interface Stretch {
  readonly at: number
  /** It looks whether fuel is left, after paying. */
  checks: boolean
  /** What may run behind it, but for the rounds of loops. */
  readonly next: Stretch[]
  /** Instructions since the last look that may be unpaid where it begins. */
  readonly before: number
  cost: number
  /** What functions it calls may run without a look. */
  extra: number
  /** The fuel was written back in it and did not change since. */
  isSaved: boolean
  /** The loop whose rounds it begins. */
  loop: Label | undefined
  /** It pays by itself, however short it is. */
  isLate: boolean
  /** What it leaves to those before it to pay: its own cost and that of the dearest way behind it that is not charged. */
  owed: number
}

export interface Label {
  readonly op: number
  readonly parent: Label | undefined
  /** The stretch in which the block was opened, and those that go to its end. */
  readonly opener: Stretch
  readonly arrivals: Stretch[]
  /** Instructions before it. */
  readonly count: number
  /** Unpaid instructions where it was opened, and the most at its end. */
  atOpening: number
  unpaid: number
  hasParams: boolean
  hasCalls: boolean
  /** A function that looks at the fuel has been called on every way here. */
  seesCheck: boolean
  /** A round may pass without such a call. */
  needsCheck: boolean
  /** It asks for fuel outside. */
  isSplit: boolean
}

export function newStretch(at: number, how: Pick<Stretch, 'checks' | 'before'>): Stretch {
  return {
    at,
    ...how,
    next: [],
    cost: 0,
    extra: 0,
    isSaved: false,
    loop: undefined,
    owed: 0,
    isLate: false,
  }
}

export function newLabel(
  op: number,
  { parent, opener, count }: Pick<Label, 'parent' | 'opener' | 'count'>,
): Label {
  return {
    op,
    parent,
    opener,
    count,
    arrivals: [],
    atOpening: 0,
    unpaid: 0,
    hasParams: false,
    hasCalls: false,
    seesCheck: false,
    needsCheck: false,
    isSplit: false,
  }
}

/** Something the meter may put into a function's code, before all is known of the code around. */
export type Place =
  | {
      readonly type: 'loop' | 'endLoop'
      readonly at: number
      readonly until?: number
      readonly label: Label
    }
  | {
      readonly type: 'branch'
      readonly at: number
      readonly until: number
      readonly op: number
      readonly depths: readonly number[]
      readonly from: Label
    }
  | { readonly type: 'return'; readonly at: number; readonly from: Label }
  | DepthCut
  | CallCut
  | LengthCut

/** Depth is looked at. */
interface DepthCut {
  readonly type: 'depth'
  readonly at: number
}

interface CallCut {
  readonly type: 'call'
  readonly at: number
  readonly until: number
  /** Whether fuel must be written back for it. */
  readonly saves: boolean
  /** The function that is called; undefined through a table. */
  readonly index: number | undefined
  /** Nothing it calls looks at the depth. */
  readonly isQuiet: boolean
  /** It takes the place of the function that calls. */
  readonly isTail: boolean
}

/** A length is on top of the stack. */
interface LengthCut {
  readonly type: 'length'
  readonly at: number
  readonly of: 'bytes' | 'elements' | 'pages'
  readonly saves: boolean
}

/** Something the meter puts into a function's code, at an offset of the original bytes. */
export type Cut =
  /** A stretch of `cost` instructions starts. */
  | {
      readonly type: 'charge'
      readonly at: number
      readonly cost: number
      /** In a split loop it looks before it pays, and leaves. */
      readonly checks: 'no' | 'after paying' | 'before paying'
    }
  /** A loop that is to be split, from its instruction to behind its block type. */
  | { readonly type: 'loop'; readonly at: number; readonly until: number }
  | { readonly type: 'endLoop'; readonly at: number }
  /** A branch out of split loops, with new numbers. */
  | {
      readonly type: 'branch'
      readonly at: number
      readonly until: number
      readonly op: number
      readonly depths: readonly number[]
    }
  /** A `return` of one byte, with the number of labels around it. */
  | { readonly type: 'return'; readonly at: number; readonly labels: number }
  | DepthCut
  | CallCut
  | LengthCut

/** A way of up to this cost is paid before it is taken; that is also the most that one charge can be too high. */
const shortCost = 256
/** Labels that a split loop has around it. */
const splitLabels = 3

/** From the last stretch to the first, lets short ways be paid by what is before them; then all cuts in their order. */
export function toCuts(stretches: readonly Stretch[], places: readonly Place[]): Cut[] {
  const charges: Cut[] = []
  for (const stretch of stretches.toReversed()) {
    const { at, loop } = stretch
    const cost = stretch.next.reduce((most, { owed }) => Math.max(most, owed), 0) + stretch.cost
    const checks = stretch.checks || loop?.needsCheck === true
    const isFirst = stretch === stretches[0]
    const mustPay = checks || loop !== undefined || isFirst || stretch.isLate
    if (cost <= shortCost && !mustPay) stretch.owed = cost
    else charges.push({ type: 'charge', at, cost, checks: whenChecks(checks, loop) })
  }
  // At one place the charge comes first: what follows it may not return.
  return [...charges, ...places.flatMap(toCut)].sort(
    (a, b) => a.at - b.at || Number(b.type === 'charge') - Number(a.type === 'charge'),
  )
}

function whenChecks(
  checks: boolean,
  loop: Label | undefined,
): 'no' | 'after paying' | 'before paying' {
  if (!checks) return 'no'
  return loop?.isSplit === true ? 'before paying' : 'after paying'
}

function toCut(place: Place): Cut[] {
  switch (place.type) {
    case 'loop':
      return place.label.isSplit
        ? [{ type: 'loop', at: place.at, until: place.until ?? place.at }]
        : []
    case 'endLoop':
      return place.label.isSplit ? [{ type: 'endLoop', at: place.at }] : []
    case 'branch': {
      const { from, depths } = place
      const moved = depths.map((depth) => depth + splitsAround(from, depth) * splitLabels)
      return moved.every((depth, n) => depth === depths[n]) ? [] : [{ ...place, depths: moved }]
    }
    case 'return':
      return [{ type: 'return', at: place.at, labels: labelsAround(place.from) }]
    default:
      return [place]
  }
}

/** How many of the next `depth` labels are split loops. */
function splitsAround(from: Label, depth: number): number {
  let count = 0
  let label: Label | undefined = from
  for (let left = depth; left > 0 && label !== undefined; left -= 1) {
    if (label.isSplit) count += 1
    label = label.parent
  }
  return count
}

function labelsAround(from: Label): number {
  let count = 0
  for (let label: Label | undefined = from; label?.parent !== undefined; label = label.parent)
    count += label.isSplit ? 1 + splitLabels : 1
  return count
}
