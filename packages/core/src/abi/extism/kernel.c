// What an Extism plugin exchanges with its host lives in this module's memory: input, output and blocks the plugin
// asks for. Calls between the two modules cost no JavaScript. Every address is checked against the blocks handed out
// since the last call began; what is outside is refused.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u64 __attribute__((aligned(1))) unaligned;
#define EXPORT(name) __attribute__((export_name(#name)))

extern u8 __heap_base;

// Reports to the host, and does not return: 1 is out of memory, 2 an address outside of every block.
__attribute__((import_module("host"), import_name("refuse"), noreturn)) void refuse(u32 reason);

// A block is 8 bytes of head (its length, and how much it was made for) and its content, in steps of 8.
typedef struct {
  u32 length;
  u32 room;
} Head;

#define CLASSES 32
static u32 top;
static u32 freed[CLASSES];
static u64 input_at, input_size;
// Up to which offset eight bytes of the input may be read, looked at in each such access.
static u64 input_words;
// Addresses from the first block on at which a byte, and at which eight, may be read: looked at in each access.
static u64 bytes_from, words_from;
// What the host looks at after a call, as numbers of 32 bits at this place.
static struct {
  u32 error_at, output_at, output_size;
} outcome;

static u32 base(void) { return ((u32)(unsigned long)&__heap_base + 15u) & ~7u; }

// Powers of two from 16 bytes on: the number of the smallest that holds so many bytes.
static u32 class_of(u32 bytes) { return bytes <= 16 ? 4 : 32 - __builtin_clz(bytes - 1); }

static void raise(u32 end) {
  top = end;
  u32 first = base() + sizeof(Head);
  bytes_from = end > first ? end - first : 0;
  words_from = bytes_from > 7 ? bytes_from - 7 : 0;
}

EXPORT(reset) void reset(void) {
  raise(base());
  for (u32 n = 0; n < CLASSES; n++) freed[n] = 0;
  input_at = input_size = input_words = 0;
  outcome.error_at = outcome.output_at = outcome.output_size = 0;
}

EXPORT(alloc) u64 alloc(u64 length) {
  if (length == 0) return 0;
  if (length > 0x40000000u) refuse(1);
  u32 number = class_of((u32)length);
  u32 at = freed[number];
  if (at != 0) {
    // The plugin can write over this number: it may lead to a block only.
    if (at < base() + sizeof(Head) || at > top - 16) refuse(2);
    freed[number] = *(u32 *)(unsigned long)at;
  } else {
    u64 end = (u64)top + sizeof(Head) + (1ull << number);
    u64 have = (u64)__builtin_wasm_memory_size(0) * 65536;
    if (end > have) {
      u64 pages = (end - have + 65535) / 65536;
      if (pages > 65536 || __builtin_wasm_memory_grow(0, (u32)pages) == (unsigned long)-1) refuse(1);
    }
    at = top + sizeof(Head);
    raise((u32)end);
  }
  Head *head = (Head *)(unsigned long)(at - sizeof(Head));
  head->length = (u32)length;
  head->room = 1u << number;
  return at;
}

// Zero for what is no block.
static u32 length_of(u64 at) {
  if (at < base() + sizeof(Head) || at >= top || (at & 7)) return 0;
  Head *head = (Head *)(unsigned long)(u32)(at - sizeof(Head));
  return head->length <= head->room && at + head->length <= top ? head->length : 0;
}

EXPORT(free) void free_block(u64 at) {
  u32 length = length_of(at);
  if (length == 0) return;
  Head *head = (Head *)(unsigned long)(u32)(at - sizeof(Head));
  u32 number = class_of(length);
  head->length = 0;
  *(u32 *)(unsigned long)(u32)at = freed[number];
  freed[number] = (u32)at;
}

EXPORT(length) u64 length(u64 at) { return length_of(at); }
EXPORT(length_unsafe) u64 length_unsafe(u64 at) { return length_of(at); }

static inline u8 *inside(u64 at, u32 count) {
  u64 first = base() + sizeof(Head);
  // Below the first block the difference is larger than any room.
  if (at - first > (u64)top - first || top - at < count) refuse(2);
  return (u8 *)(unsigned long)(u32)at;
}

// Below the first block the difference is larger than any room.
static inline u8 *byte_at(u64 at) {
  if (at - (base() + sizeof(Head)) >= bytes_from) refuse(2);
  return (u8 *)(unsigned long)(u32)at;
}
static inline unaligned *word_at(u64 at) {
  if (at - (base() + sizeof(Head)) >= words_from) refuse(2);
  return (unaligned *)(unsigned long)(u32)at;
}

EXPORT(load_u8) u32 load_u8(u64 at) { return *byte_at(at); }
EXPORT(load_u64) u64 load_u64(u64 at) { return *word_at(at); }
EXPORT(store_u8) void store_u8(u64 at, u32 value) { *byte_at(at) = (u8)value; }
EXPORT(store_u64) void store_u64(u64 at, u64 value) { *word_at(at) = value; }

EXPORT(input_length) u64 input_length(void) { return input_size; }
EXPORT(input_offset) u64 input_offset(void) { return input_at; }
EXPORT(input_load_u8) u32 input_load_u8(u64 offset) {
  if (offset >= input_size) refuse(2);
  // The input is a block, and blocks stay inside for as long as a call runs.
  return *(u8 *)(unsigned long)(u32)(input_at + offset);
}
EXPORT(input_load_u64) u64 input_load_u64(u64 offset) {
  if (offset >= input_words) refuse(2);
  return *(unaligned *)(unsigned long)(u32)(input_at + offset);
}

EXPORT(output_set) void output_set(u64 at, u64 size) {
  if (size != 0 && (size > top || at > top)) refuse(2);
  if (size != 0) inside(at, (u32)size);
  outcome.output_at = (u32)at;
  outcome.output_size = (u32)size;
}
EXPORT(error_set) void error_set(u64 at) {
  if (at != 0 && length_of(at) == 0) refuse(2);
  outcome.error_at = (u32)at;
}

// For the host, without numbers of 64 bits, which are slow to hand over.
EXPORT(begin) u32 begin(u32 length) {
  reset();
  input_size = length;
  input_words = length > 7 ? length - 7 : 0;
  input_at = alloc(length);
  return (u32)input_at;
}
EXPORT(outcome_at) u32 outcome_at(void) { return (u32)(unsigned long)&outcome; }
