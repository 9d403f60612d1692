package dev.frl.cli.context;

import dev.frl.core.command.Answer;
import java.util.Optional;

/**
 * What became of a command.
 *
 * @param id position of the command, such as {@code frl.commands-2@17}
 * @param answer empty if none came in time
 */
public record CommandReply(String id, Optional<Answer> answer) {}
