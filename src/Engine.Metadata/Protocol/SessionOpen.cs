namespace Engine.Metadata;

/// <summary>A client asks for a session.</summary>
/// <param name="Address">Where the client is reached, for operators; at most <see cref="Session.AddressBytesMax"/> bytes of
/// UTF-8.</param>
public sealed record SessionOpen(string Address) : Message;
