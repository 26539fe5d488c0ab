/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "util/error.h"

#include <errno.h>

G_DEFINE_QUARK(okb - error - quark, okb_error)

int okb_error_exit_code(const GError *error)
{
    static const int codes[] = {
        [OKB_ERROR_USAGE] = OKB_EXIT_USAGE,
        [OKB_ERROR_NOT_FOUND] = OKB_EXIT_NOT_FOUND,
        [OKB_ERROR_NO_KB] = OKB_EXIT_NO_KB,
        [OKB_ERROR_LOCKED] = OKB_EXIT_LOCKED,
        [OKB_ERROR_PENDING] = OKB_EXIT_PENDING,
        [OKB_ERROR_NO_SPACE] = OKB_EXIT_NO_SPACE,
        [OKB_ERROR_NEWER] = OKB_EXIT_NEWER,
        [OKB_ERROR_SANDBOX] = OKB_EXIT_SANDBOX,
        [OKB_ERROR_INTERRUPTED] = OKB_EXIT_INTERRUPTED,
    };
    if (!error)
        return OKB_EXIT_OK;
    if (error->domain != OKB_ERROR || error->code >= (int)G_N_ELEMENTS(codes))
        return OKB_EXIT_FAILED;
    return codes[error->code] ? codes[error->code] : OKB_EXIT_FAILED;
}

static OkbErrorCode code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
    case EROFS:
        return OKB_ERROR_NO_SPACE;
    case EXDEV:
        return OKB_ERROR_EXDEV;
    default:
        return OKB_ERROR_IO;
    }
}

bool okb_error_is_passing(int errnum)
{
    return errnum == ENOMEM || errnum == EMFILE || errnum == ENFILE || errnum == EINTR;
}

bool okb_error_errno(GError **error, int errnum, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, OKB_ERROR, (int)code_of_errno(errnum), "%s: %s", message,
                g_strerror(errnum));
    return false;
}

bool okb_error_set(GError **error, OkbErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, OKB_ERROR, (int)code, message);
    return false;
}
