namespace Engine.Metadata;

/// <summary>Says when news of dropped copies must wait for the outcome of a migration. Source: migrator specification,
/// 1.6.</summary>
public interface IExpireGate
{
    /// <summary>Must what the sender dropped in the subtree wait?</summary>
    bool MustDelay(Dir realm, RankId sender);
}
