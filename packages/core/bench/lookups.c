// A loop of direct calls: look words up in a hash table. Every one calls `find`, that `hash`, and both call for every character or try.
#define CALL static __attribute__((noinline))
typedef unsigned int u32;

enum { words = 512, slots = 1024, size = 12 };
static unsigned char text[words][size];
static unsigned short table[slots];

CALL u32 mix(u32 h, u32 c) {
  h = (h ^ c) * 16777619u;
  return h ^ (h >> 15);
}

CALL u32 hash(const unsigned char *word) {
  u32 h = 2166136261u;
  for (u32 i = 0; word[i] != 0; i++) h = mix(h, word[i]);
  return h;
}

CALL int equal(const unsigned char *a, const unsigned char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

/** Where a word stands, or the free slot for it. */
CALL u32 find(const unsigned char *word) {
  u32 at = hash(word) % slots;
  while (table[at] != 0 && !equal(text[table[at] - 1], word)) at = (at + 1) % slots;
  return at;
}

__attribute__((export_name("lookups"))) u32 lookups(u32 rounds) {
  u32 seed = 1, sum = 0;
  for (u32 n = 0; n < words; n++) {
    for (u32 i = 0; i < size - 1; i++) text[n][i] = 'a' + ((seed = seed * 1664525 + 1013904223) >> 28);
    table[find(text[n])] = n + 1;
  }
  for (u32 round = 0; round < rounds; round++)
    for (u32 n = 0; n < words; n++) sum = sum * 31 + table[find(text[n])];
  return sum;
}
