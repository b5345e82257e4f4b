namespace Engine.Metadata.Tests.Sessions;

/// <summary>The part of an answer to a client that tells it of a capability it did not have.</summary>
internal sealed record CapAnswer(CapGrant Grant) : Message;
