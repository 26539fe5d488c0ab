# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# plugin.h without what minor versions after 1.0 appended to the structures that begin with their
# size, and without its static asserts. What is left must be ABI 1.0 exactly.
BEGIN {
    last["okb_host"] = "sibling_open"
    last["okb_plugin"] = "prepare"
    last["okb_source"] = "base_url"
    last["okb_limits"] = "max_depth"
    last["okb_sibling"] = "size"
}
/^OKB_STATIC_ASSERT/ { next }
/^(typedef )?struct okb_[a-z]+ \{/ {
    name = $0
    sub(/^(typedef )?struct /, "", name)
    sub(/ .*/, "", name)
    appended = 0
}
/^}/ { appended = 0; name = "" }
!appended { print }
name in last && $0 ~ "[ *(]" last[name] "[);]" && /;/ { appended = 1 }
