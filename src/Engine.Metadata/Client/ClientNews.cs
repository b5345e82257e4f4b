namespace Engine.Metadata;

/// <summary>What a message meant to a client.</summary>
/// <typeparam name="T">What the client's user keeps with a request.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Request">The request that was answered or refused.</param>
/// <param name="Reply">Its answer.</param>
/// <param name="State">What the user gave with it.</param>
public readonly record struct ClientNews<T>(ClientNewsKind Kind, ClientRequest? Request, ClientReply? Reply, T? State);
