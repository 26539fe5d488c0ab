# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The shell script that a tutorial is: its blocks marked "sh", in their order. A block marked
# "sh fails" must fail.
/^```sh$/ { inside = 1; next }
/^```sh fails$/ { inside = 2; print "if ("; next }
/^```$/ && inside == 2 { print "); then echo \"a block that should fail did not\"; exit 9; fi" }
/^```$/ { inside = 0 }
inside
