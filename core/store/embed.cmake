# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# cmake -DINPUT=... -DOUTPUT=... -DNAME=... -P embed.cmake: a text file as a C string.
file(READ ${INPUT} text)
string(REGEX REPLACE "--[^\n]*" "" text "${text}")
string(REGEX REPLACE "[ ]*\n[ \n]*" "\n" text "${text}")
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n\"" text "${text}")
file(WRITE ${OUTPUT} "static const char ${NAME}[] =\n\"${text}\";\n")
