# shellcheck shell=bash
# Functions of all scripts: errors, help texts, paths, the locale.

# Prints one line (what is wrong, why it matters, the command that fixes it) and ends the script with code 2.
frl_die() {
  echo "frl: $*" >&2
  exit 2
}

# Prints the comment at the top of a script, which is its help text, and the variables that the script reads.
frl_help() {
  local root=$1 script=$2
  sed -n '2,${/^#/!q;s/^# \{0,1\}//;p;}' "$root/$script"
  echo
  echo "Environment variables:"
  frl_environment "$root" "$script"
}

# Prints the variables that one reader reads: a service, frl, or a script by its path in the checkout.
frl_environment() {
  local root=$1 reader=$2 name readers default meaning
  {
    read -r # the names of the columns
    while IFS=$'\t' read -r name readers default meaning; do
      case ", $readers, " in
        *", $reader, "*) ;;
        *", services, "*) [[ $reader =~ ^(controller|trainer|attacker|recorder)$ ]] || continue ;;
        *) continue ;;
      esac
      [[ $default == - ]] || meaning+=" Default: $default"
      # Width of the longest name; the rest of 100 columns.
      fold -s -w 69 <<<"${meaning//\`/}" | {
        while IFS= read -r line; do
          printf '  %-27s  %s\n' "$name" "${line% }"
          name=
        done
      }
    done
  } <"$root/scripts/lib/environment.tsv"
}

# Makes the paths in these environment variables absolute, without resolving links. Unset variables stay unset.
frl_absolute() {
  local name
  for name; do
    [[ -n ${!name:-} ]] || continue
    printf -v "$name" '%s' "$(realpath -sm -- "${!name}")"
    export "${name?}"
  done
}

# Sets a UTF-8 locale if one of the arguments has other characters than ASCII and the locale cannot express them: in the
# locale C, which is the one of cron and of many containers, Java finds no file with such a name.
frl_locale() {
  frl_is_ascii "$@" && return
  [[ $(locale charmap 2>/dev/null) == UTF-8 ]] || export LC_ALL=C.UTF-8
}

frl_is_ascii() {
  local LC_ALL=C
  [[ $* != *[!\ -~]* ]]
}
