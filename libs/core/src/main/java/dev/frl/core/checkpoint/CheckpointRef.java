package dev.frl.core.checkpoint;

/**
 * Reference to weights. They were written completely before they were announced.
 *
 * @param location URI of the safetensors file
 * @param sha256 SHA-256 of the file, 64 hex digits
 */
public record CheckpointRef(String location, String sha256) {}
