# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Links OBJECTS and the required parts of the archive ENGINE into one relocatable OBJECT, in which only the symbols
# named in the version script EXPORTS are global. Those named without a wildcard are required, too. HIDDEN hides those; without KEEP_DEBUG debug information is dropped,
# which is large for Rust's standard library alone.
#
# Everything else is local: Rust's runtime, its standard library, cxx and cxx-qt-lib never clash with another copy,
# neither in the same link nor in the same process. The sections stay separate, so --gc-sections can still drop what a
# program doesn't use.

foreach(name IN ITEMS COMPILER ENGINE EXPORTS NM OBJCOPY OBJECT)
    if(NOT ${name})
        message(FATAL_ERROR "${name} is not set")
    endif()
endforeach()
set(everything "${OBJECT}.everything")

macro(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endmacro()

# link(<output> <option or file>...): only GNU ld takes members out of COMDAT groups when it creates a relocatable
# object. No group may remain, as the next link would drop it in favour of one with the same name in the program,
# together with its symbols that are local here.
function(link output)
    list(JOIN ARGN "\"\n\"" words)
    file(WRITE "${output}.rsp" "\"${words}\"\n")
    run("${COMPILER}" ${COMPILER_OPTIONS} -fuse-ld=bfd -r -nostdlib "@${output}.rsp" -o "${output}")
    file(REMOVE "${output}.rsp")
endfunction()

# list_symbols(<object> <result> <option of nm>...): each as name, space, kind.
function(list_symbols object result)
    execute_process(COMMAND "${NM}" --format=posix ${ARGN} "${object}"
        OUTPUT_VARIABLE text
        COMMAND_ERROR_IS_FATAL ANY
    )
    string(REGEX MATCHALL "[^\n ]+ [A-Za-z]" symbols "${text}")
    set(${result} "${symbols}" PARENT_SCOPE)
endfunction()

file(READ "${EXPORTS}" patterns)
string(REGEX MATCHALL "_Z[A-Za-z0-9_*?]+" patterns "${patterns}")
set(required "${patterns}")
list(FILTER required EXCLUDE REGEX "[*?]")
list(TRANSFORM required PREPEND "-Wl,--undefined=")
link("${everything}" -Wl,--force-group-allocation ${required} ${OBJECTS} "${ENGINE}")
# The bitcode of Rust's standard library, which makes nm treat the object as LLVM's.
run("${OBJCOPY}" --remove-section=.llvmbc --remove-section=.llvmcmd "${everything}")

# The existing symbols named in the version script, and those that are unique in a process.
list(JOIN patterns "|" patterns)
string(REPLACE "*" ".*" patterns "${patterns}")
string(REPLACE "?" "." patterns "${patterns}")
list_symbols("${everything}" symbols --defined-only --extern-only)
set(unique "${symbols}")
list(FILTER unique INCLUDE REGEX " u$")
list(TRANSFORM unique REPLACE " .$" "")
list(TRANSFORM symbols REPLACE " .$" "")
set(all "${symbols}")
list(FILTER symbols INCLUDE REGEX "^(${patterns})$")
if(NOT symbols)
    message(FATAL_ERROR "${EXPORTS} names no symbol of ${OBJECTS} or ${ENGINE}")
endif()
list(TRANSFORM symbols PREPEND "-Wl,--undefined=" OUTPUT_VARIABLE options)

# replace(<symbol> <name in Rust>): with the engine's own, see src/panic.rs. Rust mangles the other name with a hash of
# the compiler's version, or not at all.
function(replace symbol name)
    set(theirs "${all}")
    list(FILTER theirs INCLUDE REGEX "^(_R.*[0-9]_?)?${name}$")
    list(LENGTH theirs count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "${ENGINE} has ${count} symbols like ${name} to replace by ${symbol}")
    endif()
    set(options ${options} "-Wl,--undefined=${symbol}" "-Wl,--defsym=${theirs}=${symbol}" PARENT_SCOPE)
endfunction()
if(all MATCHES "qlocal_panicked")
    replace(qlocal_panicked rust_begin_unwind)
    replace(qlocal_out_of_memory __rust_alloc_error_handler)
endif()

if(NOT KEEP_DEBUG)
    list(APPEND options -Wl,--strip-debug)
endif()
if(HIDDEN)
    # A reference to a hidden symbol makes its definition hidden.
    list(TRANSFORM symbols REPLACE "(.+)" ".globl \\1\n.hidden \\1" OUTPUT_VARIABLE hidden)
    list(JOIN hidden "\n" hidden)
    file(WRITE "${OBJECT}.s" "${hidden}\n.section .note.GNU-stack,\"\",%progbits\n")
    list(APPEND options "${OBJECT}.s")
endif()
link("${OBJECT}" -Wl,--gc-sections ${options} "${everything}")

# objcopy cannot make a unique symbol local, but a weak one. Symbols referenced only by dropped code are still listed as
# undefined, and no longer as weak.
list_symbols("${OBJECT}" undefined --undefined-only)
list(TRANSFORM undefined REPLACE " .$" "")
foreach(list IN ITEMS unique undefined symbols)
    list(JOIN ${list} "\n" text)
    file(WRITE "${OBJECT}.${list}" "${text}\n")
endforeach()
run("${OBJCOPY}" "--weaken-symbols=${OBJECT}.unique" "${OBJECT}")
run("${OBJCOPY}" "--keep-global-symbols=${OBJECT}.symbols"
    "--strip-unneeded-symbols=${OBJECT}.undefined" "${OBJECT}"
)

file(REMOVE "${everything}" "${OBJECT}.s"
    "${OBJECT}.unique" "${OBJECT}.undefined" "${OBJECT}.symbols"
)
