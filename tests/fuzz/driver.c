/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * fuzz-smoke-NAME DIR [SEED]
 *
 * A fuzz target without a fuzzer: runs it on each file of DIR, then for ten seconds on
 * mutations of them: bytes changed, pieces deleted, repeated, or taken from another seed. The
 * same SEED gives the same inputs in the same order. An input that brings the target down is
 * left in the working directory as fuzz-NAME.input.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_SEEDS   256u
#define INPUT_BYTES 65536u
#define SECONDS     10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    uint8_t *bytes;
    size_t len;
} seeds[MAX_SEEDS];
static size_t n_seeds;
static uint64_t state = 1;
static int input_fd = -1;

static size_t number(size_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return below ? (size_t)(state >> 33) % below : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_seed(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_BYTES);
    if (f && bytes && n_seeds < MAX_SEEDS) {
        seeds[n_seeds].bytes = bytes;
        seeds[n_seeds++].len = fread(bytes, 1, INPUT_BYTES, f);
    }
    if (f)
        fclose(f);
}

static void read_seeds(const char *dir)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            read_seed(path);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

/* ---- Mutations --------------------------------------------------------------------------- */

static size_t insert(uint8_t *out, size_t len, size_t at, const uint8_t *from, size_t n)
{
    n = len + n > INPUT_BYTES ? INPUT_BYTES - len : n;
    memmove(out + at + n, out + at, len - at);
    memmove(out + at, from, n);
    return len + n;
}

static size_t mutate_once(uint8_t *out, size_t len)
{
    uint8_t piece[64];
    size_t at = number(len + 1), n = number(len - at + 1);
    const size_t other = number(n_seeds);
    switch (number(5)) {
    case 0:
        if (at < len)
            out[at] = (uint8_t)number(256);
        return len;
    case 1:
        n = n > 200 ? 200 : n;
        memmove(out + at, out + at + n, len - at - n);
        return len - n;
    case 2:
        n = n > sizeof piece ? sizeof piece : n;
        memcpy(piece, out + at, n);
        for (size_t i = number(30); i > 0; i--)
            len = insert(out, len, at, piece, n);
        return len;
    case 3:
        piece[0] = (uint8_t) "\n\n \t[]()<>!`*_\\#-+|&\"'=:"[number(25)];
        return insert(out, len, at, piece, 1);
    default:
        n = number(seeds[other].len + 1);
        return insert(out, len, at, seeds[other].bytes + number(seeds[other].len - n + 1), n);
    }
}

static size_t mutate(uint8_t *out)
{
    size_t seed = number(n_seeds), len = seeds[seed].len;
    memcpy(out, seeds[seed].bytes, len);
    for (size_t i = 1 + number(8); i > 0; i--)
        len = mutate_once(out, len);
    return len;
}

/* ---- Running ----------------------------------------------------------------------------- */

static void run(const uint8_t *bytes, size_t len)
{
    if (input_fd >= 0 && (pwrite(input_fd, bytes, len, 0) != (ssize_t)len ||
                          ftruncate(input_fd, (off_t)len) != 0))
        abort();
    LLVMFuzzerTestOneInput(bytes, len);
}

int main(int argc, char **argv)
{
    static uint8_t input[INPUT_BYTES];
    char left[4096];
    const char *slash = strrchr(argv[0], '/');
    snprintf(left, sizeof left, "%s.input", slash ? slash + 1 : argv[0]);
    if (argc < 2)
        return 2;
    read_seeds(argv[1]);
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (n_seeds == 0) {
        fprintf(stderr, "%s: no seeds\n", argv[1]);
        return 1;
    }
    input_fd = open(left, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t i = 0; i < n_seeds; i++)
        run(seeds[i].bytes, seeds[i].len);
    size_t count = 0;
    for (time_t end = time(NULL) + SECONDS; time(NULL) < end; count++)
        run(input, mutate(input));
    printf("%zu seeds, %zu mutations\n", n_seeds, count);
    for (size_t i = 0; i < n_seeds; i++)
        free(seeds[i].bytes);
    unlink(left);
    return 0;
}
